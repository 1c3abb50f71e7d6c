import { lastValueFrom, toArray } from 'rxjs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.js';
import { arraySplit } from '../../src/data/array-split.js';
import { readRun } from '../../src/checkpoint/store.js';
import { evaluate } from '../../src/learner/evaluate.js';
import { learn } from '../../src/learner/learn.js';
import { readReport } from '../../src/report/summary.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { er } from '../../src/strategies/er/er.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { independent } from '../../src/strategies/independent/independent.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { tinyTask } from '../support/tiny-tasks.js';
import { tinyMlp } from './tiny-strategies.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelong-classes-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function recordOf(strategy: Strategy) {
  const run = join(folder, strategy.name);
  const stream = [1, 2, 3].map((pattern) => tinyTask(`t${pattern}`, pattern, { train: 80 }));
  await lastValueFrom(learn(stream, strategy, { run }).pipe(toArray()));
  strategy.dispose();
  return { record: await readRun(run), report: await readReport(run) };
}

describe('class-incremental accuracy', () => {
  it('is in the record and in the report beside the other, never above it where classes differ, and equal for one task', async () => {
    const { record, report } = await recordOf(er({ ...tinyMlp, epochs: 6, softmaxOver: 'seen' }));
    expect(record.classIncremental?.map((row) => row.length)).toEqual([1, 2, 3]);
    expect(record.classIncremental?.[0]).toEqual(record.accuracy[0]);
    record.classIncremental?.forEach((row, i) =>
      row.forEach((value, j) => expect(value).toBeLessThanOrEqual(record.accuracy[i]?.[j] ?? NaN)),
    );
    expect(report.classIncremental?.[2]).toEqual(record.classIncremental?.[2]);
    expect(report.classIncremental?.[0]).toEqual([record.accuracy[0]?.[0], null, null]);
  });

  it('is not there for networks whose heads cannot be compared', async () => {
    const { record, report } = await recordOf(independent(tinyMlp));
    expect(record.classIncremental).toBeUndefined();
    expect(report.classIncremental).toBeUndefined();
  });

  it('falls to the share of the last task when finetuning on all seen classes', async () => {
    const { record } = await recordOf(finetune({ ...tinyMlp, epochs: 12, softmaxOver: 'seen' }));
    const last = record.classIncremental?.[2] ?? [];
    expect(last.slice(0, 2)).toEqual([0, 0]);
    expect(last[2]).toBeGreaterThan(0.6);
  });

  it('counts the name of the class with the largest score of all heads', async () => {
    const [task] = checkTasks(1) as [Task];
    const test = arraySplit([1], new Float32Array(4), Int32Array.of(0, 1, 0, 1));
    const [own, other] = [
      { ...task, classes: ['cat', 'dog'], test },
      { ...task, id: 'other', index: 1, classes: ['dog', 'owl'] },
    ];
    const answers = [Float32Array.of(3, 1, 0, 2, 5, 4, 9, 8), Float32Array.of(0, 0, 7, 0, 0, 6, 0, 0)].map((logits) => ({
      classes: 2,
      logits,
    }));
    const strategy = { predict: () => Promise.reject(new Error('not asked')), predictAll: () => Promise.resolve(answers) };
    // By its own head: cat, dog, cat, cat. By all heads: cat, the other head's dog, the other head's owl, cat.
    expect(await evaluate(strategy, own, [own, other])).toMatchObject({ accuracy: 0.75, classIncremental: 0.5 });
  });
});
