import { describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { allPositions } from '../../../src/experts/training/batches.js';
import { tf, type Tensor } from '../../../src/nn/backend.js';
import { applyHead, headLayout } from '../../../src/nn/head.js';
import { initialValues } from '../../../src/nn/layout.js';
import { scopedNetwork } from '../../../src/nn/network.js';
import { createStepCache } from '../../../src/nn/step-cache.js';
import { trainingStep } from '../../../src/nn/training-step.js';
import { checkStrategy } from '../../../src/strategies/check/check-strategy.js';
import { checkTasks } from '../../../src/strategies/check/check-tasks.js';
import { headsHeldThroughNorms } from '../../../src/strategies/par/held-heads.js';
import { par } from '../../../src/strategies/par/par.js';
import { parOptionsSchema } from '../../../src/strategies/par/options.js';
import { contextFor, learnTasks, scores, stateAfter, tinyCells } from '../tiny-strategies.js';

const tasks = checkTasks(2);
const joining = { ...tinyCells, samples: 1, regularizeThreshold: 1 } as const;

describe('batch norms of tasks that share an expert', () => {
  it('are shared, as published, unless asked for: nothing more is kept then', async () => {
    const { arrays } = await stateAfter(par(joining), tasks);
    expect(Object.keys(arrays).filter((group) => group.startsWith('own/'))).toEqual([]);
    expect((await stateAfter(par({ ...joining, norms: 'shared' }), tasks)).arrays).toEqual(arrays);
  });

  it("are each task's own: scales, offsets and statistics of earlier tasks stay as they are", async () => {
    const [first, second] = tasks;
    if (!first || !second) throw new RangeError('two tasks expected');
    const strategy = par({ ...joining, norms: 'task' });
    await learnTasks(strategy, [first], contextFor(tasks));
    const before = (await strategy.save()).arrays;
    await learnTasks(strategy, [second], contextFor(tasks));
    const after = (await strategy.save()).arrays;
    expect(after['own/0']).toEqual(before['own/0']);
    expect(after['own/1']?.['weights']?.data).not.toEqual(after['own/0']?.['weights']?.data);
    expect(after['own/1']?.['statistics']?.data).not.toEqual(after['own/0']?.['statistics']?.data);
    expect(after['experts/e0']).not.toEqual(before['experts/e0']); // kernels are trained further
    expect(after['heads/0']).toEqual(before['heads/0']);
    strategy.dispose();
  });

  it('an old task is answered through its own: with kernels that hardly move, as before', async () => {
    const [first, second] = tasks;
    if (!first || !second) throw new RangeError('two tasks expected');
    const drift = async (norms: 'task' | 'shared') => {
      // a rate so small moves no weight by what could be seen; running statistics follow the batches all the same
      const strategy = par({ ...joining, norms, learningRate: 1e-9 });
      await learnTasks(strategy, [first], contextFor(tasks));
      const before = await scores(strategy, first);
      await learnTasks(strategy, [second], contextFor(tasks));
      const after = await scores(strategy, first);
      strategy.dispose();
      return before.reduce((sum, value, i) => sum + Math.abs(value - (after[i] ?? NaN)), 0);
    };
    expect(await drift('task')).toBeLessThan(1e-4);
    expect(await drift('shared')).toBeGreaterThan(0.1);
  });

  it('are those of the expert as it was for a task that trains a head alone, and stay that when the expert goes on', async () => {
    const few = { ...joining, fewShot: 1000, norms: 'task' } as const; // every task reuses, none has ten times as few examples
    const [first, second] = tasks;
    if (!first || !second) throw new RangeError('two tasks expected');
    const tenth = { ...second, train: { ...second.train, size: Math.floor(first.train.size / 10) } };
    const strategy = par(few);
    await learnTasks(strategy, [first, tenth], contextFor(tasks));
    const { arrays } = await strategy.save();
    expect(arrays['own/1']).toEqual(arrays['own/0']);
    expect((await strategy.predict(second, await second.test.read(allPositions(4)))).logits).toHaveLength(4 * second.classes.length);
    strategy.dispose();
  });

  it('are stopped within and gone on with, bit for bit', async () => {
    await checkStrategy(() => par({ ...joining, norms: 'task' }), { tasks });
  });

  it('are trained in steps that compile', async () => {
    const notices: string[] = [];
    const strategy = par({ ...joining, norms: 'task', engine: 'auto', epochs: 40 });
    await learnTasks(strategy, tasks, { ...contextFor(tasks), onNotice: (notice) => notices.push(notice) });
    strategy.dispose();
    expect(notices).toEqual([]); // one would say what could not be compiled
  });
});

describe('heads held through norms', () => {
  // x w -> batch norm: by hand, features = scale (x w - mean) / sqrt(variance) + offset
  const network = scopedNetwork('one norm', { shape: [3], dtype: 'float32' }, (scope, x) =>
    scope.batchNorm('norm', tf.matMul(x, scope.weight('w', [3, 2], { fanIn: 3 })), true),
  );
  const source = random(4, 'norms');
  const numbers = (length: number) => Float32Array.from({ length }, () => source.normal());
  const body = initialValues(network.declaration.parameters, source); // [w 6 | scale 2 | offset 2]
  const [P, S] = [body.length, network.declaration.statistics.size];
  const head = { classes: 2, vector: numbers(headLayout(2, 2).size) };
  const view = (scale: number) => ({
    parameters: Float32Array.from([...body.slice(0, 6), scale, -scale, 0.5, scale]),
    statistics: Float32Array.from([0.1, 0.2, 2, scale]),
  });
  const views = [view(2), view(3)];
  const steps = createStepCache('eager');

  it('add nothing where kernels are the teacher, and pull kernels alone towards it where they are not', async () => {
    const [task] = tasks;
    if (!task) throw new RangeError('a task expected');
    const inputs = numbers(12);
    const flat = { ...task, input: { domain: 'vector', shape: [3], dtype: 'float32' } as const, normalization: null, augment: [] };
    const split = {
      size: 4,
      labels: () => Promise.resolve(new Int32Array(4)),
      read: () => Promise.resolve({ inputs, shape: [3], labels: new Int32Array(4) }),
    };
    const recipe = parOptionsSchema.parse({});
    const rule = { momentum: 0, weightDecay: 0, clip: 1e9 };
    const held = await headsHeldThroughNorms(
      { task: { ...flat, train: split }, network, recipe, rule, patience: Infinity, seed: 0, steps },
      views,
      [head, { ...head, vector: numbers(head.vector.length) }],
      { temperature: 2, weight: 1 },
    );
    const [term] = held.terms ?? [];
    const constants = held.constants ?? {};
    // teacher logits by hand
    const teacher = views.flatMap(({ parameters, statistics }, j) => {
      const logits = tf.tidy(() => {
        const [scale, offset, mean, variance] = [parameters.slice(6, 8), parameters.slice(8), statistics.slice(0, 2), statistics.slice(2)];
        const product = tf.matMul(tf.tensor2d(inputs, [4, 3]), tf.tensor2d(parameters.slice(0, 6), [3, 2]));
        const normalized = tf.div(tf.sub(product, tf.tensor1d(mean)), tf.sqrt(tf.add(tf.tensor1d(variance), 1e-5)));
        const features = tf.add(tf.mul(normalized, tf.tensor1d(scale)), tf.tensor1d(offset));
        const start = j * head.vector.length;
        return applyHead(
          headLayout(2, 2),
          tf.tensor1d((constants['heads'] ?? new Float32Array(0)).slice(start, start + head.vector.length)),
          features,
        );
      });
      const rows = Array.from(logits.dataSync<'float32'>());
      logits.dispose();
      return [rows];
    });
    const table = Float32Array.from({ length: 16 }, (_, i) => teacher[Math.floor((i % 4) / 2)]?.[2 * Math.floor(i / 4) + (i % 2)] ?? NaN);
    const lossAndGradient = (kernels: Float32Array) =>
      tf.tidy(() => {
        const rest = Object.fromEntries(Object.entries(constants).map(([name, data]) => [name, tf.tensor1d(data)]));
        const given: Record<string, Tensor> = { ...rest, teacher: tf.tensor2d(table, [4, 4]), x: tf.tensor2d(inputs, [4, 3]) };
        const { value, grad } = tf.valueAndGrad((flatBody: Tensor) => {
          const nothing = tf.zeros([4, 2]);
          return (term?.losses?.({ body: flatBody, features: nothing, logits: [], all: nothing }, given)[0] as Tensor).asScalar();
        })(tf.tensor1d(kernels));
        return { loss: value.dataSync<'float32'>()[0] ?? NaN, gradient: Array.from(grad.dataSync<'float32'>()) };
      });
    const same = lossAndGradient(body);
    same.gradient.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-5)); // distillation is least at the teacher, whatever this body's own norms are
    const moved = body.map((value, i) => (i < 6 ? value + 0.3 : value));
    const there = lossAndGradient(moved);
    expect(there.loss).toBeGreaterThan(same.loss);
    expect(there.gradient.slice(0, 6).some((value) => Math.abs(value) > 1e-3)).toBe(true);
    expect(there.gradient.slice(6)).toEqual([0, 0, 0, 0]); // what is each task's own has none
    expect([P, S]).toEqual([10, 4]);
    expect(trainingStep(network, [2], rule, held.terms)).toBeTypeOf('function');
    steps.dispose();
  });
});
