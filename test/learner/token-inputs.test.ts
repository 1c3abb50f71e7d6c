import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun, readSnapshot } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import { exportRun } from '../../src/export/export-run.js';
import { learn, type LearnOptions } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { restoreStrategy } from '../../src/run/restore.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { par } from '../../src/strategies/par/par.js';
import type { StrategyPlugin } from '../../src/strategies/registry.js';
import { arrayStream } from '../../src/streams/array-task.js';
import { largestDifference, play } from '../export/play.js';
import { tasksOf } from '../streams/tiny-data.js';
import { length, tokenStrategies, tokenTasks } from '../support/token-experts.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-tokens-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const quick = { epochs: 4, batchSize: 8, learningRate: 0.3 };
type Name = keyof typeof tokenStrategies;
const create = (name: Name, engine: 'auto' | 'eager' = 'auto') => tokenStrategies[name].create({ ...quick, engine });
const strategies: readonly StrategyPlugin[] = Object.values(tokenStrategies);

async function learned(name: Name, path: string, options: LearnOptions = {}, engine: 'auto' | 'eager' = 'auto') {
  const strategy = create(name, engine);
  try {
    await lastValueFrom(learn(tokenTasks, strategy, { run: path, ...options }));
  } finally {
    strategy.dispose();
  }
  return readSnapshot(path);
}

const examples = 5;
const source = random(9, 'sentences');
const sentences = Int32Array.from({ length: examples * length }, () => source.integer(24));

describe.each(['finetune', 'independent', 'er', 'derpp'] as const)('%s over tasks of token ids', (name) => {
  const path = join(folder, name);

  it('learns them, compiled, without normalization', async () => {
    const notices: string[] = [];
    await learned(name, path, { onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual([]);
    const { tasks, accuracy } = await readRun(path);
    for (const { input, normalization } of tasks) {
      expect(input).toEqual({ domain: 'vector', shape: [length], dtype: 'int32' });
      expect(normalization).toBeNull();
    }
    expect(Math.min(...tasks.map((_, i) => accuracy[i]?.[i] ?? 0))).toBeGreaterThan(0.8);
  });

  it('computes uncompiled what it computes compiled', async () => {
    const compiled = await readSnapshot(path);
    const eager = await learned(name, `${path}-eager`, {}, 'eager');
    const weights = ({ arrays }: typeof eager) => arrays['experts/e0']?.['embedding']?.data ?? [];
    expect(largestDifference(weights(eager), weights(compiled))).toBeLessThan(1e-4);
  });

  it('goes on in the middle of a task to the same end', async () => {
    const stopped = `${path}-stopped`;
    const controller = new AbortController();
    const strategy = create(name);
    const learning = learn(tokenTasks, strategy, { run: stopped, signal: controller.signal });
    await learning
      .forEach((event) => {
        if (event.type === 'epoch-ended' && event.task === 1 && event.epoch === 2) controller.abort();
      })
      .catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'interrupted' });
      });
    strategy.dispose();
    expect((await readRun(stopped)).tasks).toHaveLength(1);
    const run = await openRun(stopped, { strategies });
    await lastValueFrom(run.resume(tokenTasks));
    run.close();
    const [{ state, arrays }, whole] = [await readSnapshot(stopped), await readSnapshot(path)];
    expect({ state, arrays }).toEqual({ state: whole.state, arrays: whole.arrays });
  });

  it('answers for rows of whole numbers, and refuses others', async () => {
    const run = await openRun(path, { strategies });
    const rows = Array.from({ length: examples }, (_, i) => Array.from(sentences.subarray(i * length, (i + 1) * length)));
    expect(await run.predict(rows, { task: 't1' })).toEqual(await run.predict(sentences, { task: 't1' }));
    await expect(run.predict([[0.5, ...Array<number>(length - 1).fill(1)]], { task: 't1' })).rejects.toThrow(
      'task t1: whole numbers of 32 bits expected, found 0.5 in sample 0 (value 0 of 8)',
    );
    run.close();
  });

  it('is exported with its type, and plain tfjs gives the same logits', async () => {
    const out = join(folder, `export ${name}`);
    const manifest = await exportRun(path, out, { strategies });
    const record = await readRun(path);
    const strategy = await restoreStrategy(path, record, strategies);
    const logits: Float32Array[] = [];
    const requests = [];
    for (const [i, task] of record.tasks.entries()) {
      const { model, inputType, inputShape, inputRange } = manifest.tasks[i] ?? expect.fail();
      expect([inputType, inputShape, inputRange]).toEqual(['int32', [length], null]);
      logits.push((await strategy.predict(task, { inputs: sentences, shape: [length], labels: new Int32Array(examples) })).logits);
      requests.push({ model: join(out, model), shape: [length], values: Array.from(sentences), batch: i + 1 });
    }
    strategy.dispose();
    const answers = await play(requests, folder);
    expect(answers.map(({ inputs }) => inputs[0]?.dtype)).toEqual(['int32', 'int32', 'int32']);
    answers.forEach((answer, i) => expect(largestDifference(answer.logits.flat(), logits[i] ?? [])).toBeLessThan(1e-5));
  });
});

it('keeps token ids in the memory of replay as whole numbers', async () => {
  const { arrays } = await readSnapshot(join(folder, 'er'));
  expect(arrays['memory/examples']?.['inputs']?.data).toBeInstanceOf(Int32Array);
});

it('leaves token ids as they are in splits', async () => {
  for (const task of await tasksOf(arrayStream(tokenTasks))) {
    expect((await task.train.read(Int32Array.of(3, 1))).inputs).toBeInstanceOf(Int32Array);
  }
});

it.each([
  ['par', () => par({ epochs: 1 }), 'task t0: an expert of kind cells takes inputs of float32, found int32 [8]'],
  [
    'a perceptron',
    () => finetune({ epochs: 1, network: 'mlp' }),
    'task t0: an expert of kind perceptron takes inputs of float32, found int32 [8]',
  ],
] as const)('is not for %s, which says so before it trains', async (_, strategyOf, message) => {
  const strategy = strategyOf();
  const types: string[] = [];
  const learning = learn(tokenTasks, strategy).forEach(({ type }) => {
    types.push(type);
  });
  await expect(learning).rejects.toMatchObject({
    code: 'data',
    message,
    hint: 'give numbers that are amounts, not names, as a Float32Array',
  });
  strategy.dispose();
  expect(types).not.toContain('epoch-ended');
});
