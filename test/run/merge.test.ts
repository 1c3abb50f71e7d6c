import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { FeatureExtractor } from '../../src/core/features.js';
import { verifyRun } from '../../src/checkpoint/store.js';
import { vector } from '../../src/features/vector.js';
import { learn } from '../../src/learner/learn.js';
import { readReport } from '../../src/report/summary.js';
import { mergeRuns } from '../../src/run/merge.js';
import { openRun } from '../../src/run/open.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { ncm } from '../../src/strategies/ncm/ncm.js';
import { probe } from '../../src/strategies/probe/probe.js';
import { ranpac } from '../../src/strategies/ranpac/ranpac.js';
import { slda } from '../../src/strategies/slda/slda.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import type { UserTask } from '../../src/streams/array-task.js';
import { apart, userTask, vectorTask } from '../strategies/on-features/vector-tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-merge-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const [a, b, c] = [await userTask('a'), await userTask('b'), await userTask('c', 1)];
const rows = (c.test.inputs as Float32Array).slice(0, 30);

let runs = 0;
/** @param features columns are standardized by the first task where they are named, and taken as they are from an extractor that is handed over */
async function run(
  strategy: Strategy,
  tasks: readonly UserTask[],
  { seed = 0, features = 'vector' }: { seed?: number; features?: string | FeatureExtractor } = {},
): Promise<string> {
  const path = join(folder, `run-${runs++}`);
  await lastValueFrom(learn(tasks, strategy, { run: path, features, seed }));
  strategy.dispose();
  return path;
}
const out = () => join(folder, `run-${runs++}`);

/** What a run answers: among all classes where it can, else by the head of each task. */
async function answers(path: string, tasks: readonly string[]): Promise<number[]> {
  const opened = await openRun(path);
  try {
    const found = [];
    for (const task of tasks) for (const { probabilities } of await opened.predict(rows, { task })) found.push(...probabilities);
    return found;
  } finally {
    opened.close();
  }
}

const forms: Readonly<Record<string, () => Strategy>> = {
  ncm: () => ncm({ distance: 'cosine' }),
  slda: () => slda({ shrinkage: 0.1 }),
  ranpac: () => ranpac({ projection: 16, ridge: 2, standardization: 'length' }),
  probe: () => probe({ weightDecay: 0.1 }),
};

/** Logits of the strategy that a run keeps. */
async function logitsOf(path: string, create: () => Strategy, task: string): Promise<Float32Array> {
  const { readSnapshot } = await import('../../src/checkpoint/store.js');
  const strategy = create();
  await strategy.restore(await readSnapshot(path));
  const examples = { inputs: rows, shape: [6], labels: new Int32Array(5) };
  const { logits } = await strategy.predict({ ...vectorTask(task, 0), id: task }, examples);
  strategy.dispose();
  return logits;
}

describe('two runs merged', () => {
  it.each([
    ['ncm', 'vector'],
    ['ncm', vector()],
    ['slda', 'vector'],
    ['slda', vector()],
    ['ranpac', vector()],
    ['ranpac', vector({ mean: [5, 5, 5, 5, 5, 5], std: [1, 2, 3, 4, 5, 6] })],
  ] as const)('answer as the run of both streams: %s, features %o', async (name, features) => {
    const create = forms[name] as () => Strategy;
    const [one, other] = [await run(create(), [a], { features }), await run(create(), [b, c], { features })];
    const both = await run(create(), [a, b, c], { features });
    const merged = out();
    await mergeRuns(one, other, merged);
    for (const task of ['a', 'b', 'c']) {
      const expected = await logitsOf(both, create, task);
      expect(apart(expected, await logitsOf(merged, create, task))).toBeLessThan(1e-4);
    }
    expect(await verifyRun(merged)).toEqual([]);
  });

  it.each(['vector', vector()])('keep every head of a probe, also under another standardization: features %o', async (features) => {
    const { probe: create } = forms as { probe: () => Strategy };
    const [one, other] = [await run(create(), [a], { features }), await run(create(), [b, c], { features })];
    const merged = out();
    await mergeRuns(one, other, merged);
    expect(apart(await answers(one, ['a']), await answers(merged, ['a']))).toBe(0);
    expect(apart(await answers(other, ['b', 'c']), await answers(merged, ['b', 'c']))).toBeLessThan(1e-4);
  });

  it('add up the classes of tasks that both have learned, under new ids', async () => {
    const { slda: create } = forms as { slda: () => Strategy };
    const [one, other] = [await run(create(), [a, b]), await run(create(), [{ ...(await userTask('a', 2)) }])];
    const merged = out();
    const { tasks } = await mergeRuns(one, other, merged);
    expect(tasks.map(({ id, index }) => [id, index])).toEqual([['a', 0], ['b', 1], ['a-2', 2]]); // prettier-ignore
    expect(await answers(merged, ['a'])).toEqual(await answers(merged, ['a-2']));
    const opened = await openRun(merged);
    expect((await opened.classify(rows)).classes).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
    opened.close();
  });

  it('are a run like any other: reported, learned further, with what was measured and no more', async () => {
    const { ncm: create } = forms as { ncm: () => Strategy };
    const [one, other] = [await run(create(), [a]), await run(create(), [b])];
    const merged = out();
    const notices: string[] = [];
    await mergeRuns(one, other, merged, { onNotice: (notice) => notices.push(notice) });
    const report = await readReport(merged);
    expect(report.tasks.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(report.accuracy[0]?.[0]).not.toBeNull();
    expect(report.accuracy[1]).toEqual([null, null]);
    expect(report.metrics.averageAccuracy.value).toBeNull();
    expect(notices).toHaveLength(2);
    expect(notices[0]).toMatch(/is not measured: stream tasks of .* was made by a program/);
    const opened = await openRun(merged);
    await lastValueFrom(opened.resume([a, b, c]));
    opened.close();
    const after = await readReport(merged);
    expect(after.accuracy[2]?.every((value) => value !== null && value > 0.5)).toBe(true);
  });
});

describe('runs that do not fit', () => {
  it('are refused, naming what differs', async () => {
    const first = await run(ncm(), [a]);
    const refusal = async (other: string, one = first) =>
      mergeRuns(one, other, out()).then(
        () => 'merged',
        (error: unknown) => (error as Error).message,
      );
    expect(await refusal(await run(slda(), [b]))).toMatch(/one strategy expected, found ncm in .* and slda in/);
    expect(await refusal(await run(ncm({ distance: 'cosine' }), [b]))).toMatch(
      /one value of distance expected, found "euclidean" in .* and "cosine" in/,
    );
    const short: UserTask = {
      id: 's',
      train: { inputs: [[1], [2], [3], [4]], labels: [0, 1, 0, 1] },
      test: { inputs: [[1]], labels: [0] },
      validation: { inputs: [[1], [2]], labels: [0, 1] },
    };
    expect(await refusal(await run(ncm(), [short]))).toMatch(
      /features of vector, 6 numbers expected in both runs, found of vector, 1 numbers/,
    );
    const seeds = [await run(ranpac({ projection: 4 }), [a], { seed: 0 }), await run(ranpac({ projection: 4 }), [a], { seed: 1 })] as const;
    expect(await refusal(seeds[1], seeds[0])).toMatch(/seed 0, which rules the projection expected in both runs, found seed 1/);
    const others = [await run(ranpac({ projection: 4 }), [a]), await run(ranpac({ projection: 4 }), [b])] as const;
    expect(await refusal(others[1], others[0])).toMatch(/one standardization of features expected/);
    const byLength = [await run(ncm({ standardization: 'length' }), [a]), await run(ncm({ standardization: 'length' }), [b])] as const;
    expect(await refusal(byLength[1], byLength[0])).toMatch(/one standardization of features expected/); // columns are, before
    const trained = [
      await run(finetune({ network: 'mlp', units: 2, epochs: 1 }), [a]),
      await run(finetune({ network: 'mlp', units: 2, epochs: 1 }), [b]),
    ] as const;
    expect(await refusal(trained[1], trained[0])).toMatch(/runs of a strategy that only adds up expected, found finetune/);
  });

  it('leave what is there alone', async () => {
    const [one, other] = [await run(ncm(), [a]), await run(ncm(), [b])];
    const before = readFileSync(join(other, 'run.json'), 'utf8');
    await expect(mergeRuns(one, other, other)).rejects.toThrow(/a new folder expected, found a run/);
    expect(readFileSync(join(other, 'run.json'), 'utf8')).toBe(before);
  });
});
