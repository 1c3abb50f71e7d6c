import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { bertWeights } from '../../src/backbones/bert-weights.js';
import { readRun } from '../../src/checkpoint/store.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { Input } from '../../src/core/input.js';
import type { NamedArray } from '../../src/core/snapshot.js';
import { random } from '../../src/core/random.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { attachedArchitecture } from '../../src/experts/attached-architecture.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { ewc, independent, learn, par } from '../../src/index.js';
import { tf } from '../../src/nn/backend.js';
import type { Network } from '../../src/nn/network.js';
import { tinyBackbone, tinyImageTask, tinyImageTasks as tasks, writeTinyLite0 } from '../support/tiny-backbone.js';
import { tinyBert, tinyTokens } from '../support/tiny-bert.js';
import { checkGradients, movedParameters as moved, passOf as features } from '../support/network-passes.js';
import { savedState, stopAndResume } from '../support/stop-and-resume.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-unfrozen-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const length = 8;
const input: Input = { domain: 'text', shape: [length], dtype: 'int32' };
const arrays = bertWeights(tinyBert(), 'tiny');
const onTexts = (of: Readonly<Record<string, NamedArray>> = arrays): FrozenBackbone => ({
  ...{ name: 'minilm', domain: 'text', side: null },
  weights: { sha256: hashArrays(of), arrays: of },
});

const unfrozen = (stages: string[], on = onTexts(), of = input): Network =>
  networkOf([attached], attachedArchitecture(on, { module: 'unfrozen', stages }), of, 'test', backboneBase(on));

const ids = (count: number, seed = 1): Int32Array => {
  const source = random(seed, 'ids');
  return Int32Array.from({ length: count * length }, (_, i) => (i % length < 5 ? 5 + source.integer(tinyTokens.length - 5) : 0));
};
const texts = (count: number) => tf.tensor(ids(count), [count, length], 'int32');

describe('stages of a backbone that are unfrozen', () => {
  it('give what the backbone gives, bit for bit, until they are trained', () => {
    const wanted = features(unfrozen([]), new Float32Array(0), texts(5));
    for (const stages of [['layer1'], ['embeddings', 'layer0', 'layer1']]) {
      const made = unfrozen(stages);
      expect(features(made, new Float32Array(made.declaration.parameters.size), texts(5))).toEqual(wanted);
      expect(features(made, moved(made), texts(5))).not.toEqual(wanted);
    }
  });

  it('train every weight of theirs and no other', () => {
    const { weights, size } = unfrozen(['layer1']).declaration.parameters;
    const own = Object.entries(arrays).filter(([name]) => name.startsWith('layer1/'));
    expect(weights.map(({ name, shape }) => [name, shape]).sort()).toEqual(
      own.map(([name, { shape }]) => [`layer1:${name}`, [...shape]]).sort(),
    );
    expect(size).toBe(own.reduce((sum, [, { data }]) => sum + data.length, 0));
    expect(unfrozen([]).declaration.parameters.size).toBe(0);
  });

  it('compute with weights that are the backbone’s and what they learned, added up', () => {
    const made = unfrozen(['layer1']);
    const difference = moved(made);
    const { weights } = made.declaration.parameters;
    let from = 0;
    const changed = Object.fromEntries(
      weights.map(({ name, shape }) => {
        const frozen = arrays[name.slice('layer1:'.length)] as NamedArray;
        const data = Float32Array.from(frozen.data, (value, i) => value + (difference[from + i] ?? NaN));
        from += data.length;
        return [name.slice('layer1:'.length), { shape: [...shape], data }] as const;
      }),
    );
    const trained = unfrozen([], onTexts({ ...arrays, ...changed }));
    const wanted = features(trained, new Float32Array(0), texts(5));
    const found = features(made, difference, texts(5));
    expect(Math.max(...found.map((value, i) => Math.abs(value - (wanted[i] ?? NaN))))).toBeLessThan(1e-5);
  });

  it('have the gradients that finite differences give, on texts and on images', () => {
    const made = unfrozen(['layer0', 'layer1']);
    checkGradients(made, texts(3), moved(made, 0.02), 40);
    const onImages = unfrozen(['stage7', 'head'], tinyBackbone(), { domain: 'image', shape: [12, 12, 3], dtype: 'float32' });
    checkGradients(onImages, tf.randomUniform([2, 12, 12, 3], 0, 1, 'float32', 3), moved(onImages, 0.02), 20, 0.002);
  });

  it('are the same in two parts: what is below, computed once, and what is above', () => {
    const made = unfrozen(['layer1']);
    const { below, above, shape } = made.cut?.() ?? expect.fail();
    const hidden = tf.tensor(features(below, new Float32Array(0), texts(5)), [5, ...shape]);
    expect(features(above, moved(made), hidden)).toEqual(features(made, moved(made), texts(5)));
  });
});

const recipe = { network: 'unfrozen' as const, stages: ['stage7', 'head'], epochs: 4, batchSize: 8, learningRate: 0.01 };
const backbone = `efficientnet-lite0:${writeTinyLite0()}@32`;

describe('unfrozen stages as experts', () => {
  const path = join(folder, 'whole');

  it('learn one after the other, each from the backbone, and old answers stay bit for bit', async () => {
    const answers = async (run: string, given: typeof tasks) => {
      const strategy = independent(recipe);
      await lastValueFrom(learn(given, strategy, { run, backbone }));
      const [first] = (await readRun(run)).tasks;
      const { inputs } = tinyImageTask(0).test;
      const { logits } = await strategy.predict(first ?? expect.fail(), {
        inputs: inputs as Float32Array,
        shape: [12, 12, 3],
        labels: new Int32Array(24),
      });
      strategy.dispose();
      return logits;
    };
    expect(await answers(path, tasks)).toEqual(await answers(join(folder, 'alone'), tasks.slice(0, 1)));
    const { accuracy, experts } = await readRun(path);
    expect(Math.min(...tasks.map((_, i) => accuracy[i]?.[i] ?? 0))).toBeGreaterThan(0.8);
    expect(experts.map(({ architecture }) => [architecture['module'], architecture['stages']])).toEqual(
      Array(3).fill(['unfrozen', ['stage7', 'head']]),
    );
  });

  it('go on in the middle of a task to the same end', async () => {
    const stopped = join(folder, 'stopped');
    await stopAndResume({ run: stopped, backbone, tasks }, independent(recipe), { task: 1, epoch: 2 });
    expect(await savedState(stopped)).toEqual(await savedState(path));
  });

  it('are one network for all tasks where a strategy has one', async () => {
    const run = join(folder, 'ewc');
    const strategy = ewc({ ...recipe, lambda: 10 });
    await lastValueFrom(learn(tasks, strategy, { run, backbone }));
    strategy.dispose();
    const { experts, accuracy } = await readRun(run);
    expect(experts).toHaveLength(1);
    expect(Math.min(...tasks.map((_, i) => accuracy[i]?.[i] ?? 0))).toBeGreaterThan(0.8);
  });

  it('are what par chooses stages for, and joins where a task is near', async () => {
    const run = join(folder, 'par');
    const options = { epochs: 2, batchSize: 8, learningRate: 0.01, module: 'unfrozen' as const, stages: ['stage7', 'head'], samples: 2 };
    const strategy = par({ ...options, regularizeThreshold: -1, allocateThreshold: 1 });
    await lastValueFrom(learn(tasks.slice(0, 2), strategy, { run, backbone }));
    strategy.dispose();
    const { experts, tasks: learned } = await readRun(run);
    expect(learned.map(({ decision }) => decision?.kind)).toEqual(['search', 'reuse-architecture']);
    expect(experts.map(({ architecture }) => architecture['module'])).toEqual(['unfrozen', 'unfrozen']);
    const again = par({ ...options, regularizeThreshold: 1 });
    await lastValueFrom(learn(tasks.slice(0, 2), again, { run: join(folder, 'joined'), backbone }));
    again.dispose();
    expect((await readRun(join(folder, 'joined'))).experts).toHaveLength(1);
  });
});
