import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, NEVER, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun, verifyRun } from '../../src/checkpoint/store.js';
import type { LearnEvent } from '../../src/core/events.js';
import type { TaskStream } from '../../src/core/stream.js';
import type { Split, Task } from '../../src/core/task.js';
import { learn } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { par } from '../../src/strategies/par/par.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';
import { outcomeOf } from './outcome.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-stop-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Search and training, distillation, a head only: each with several blocks of every split. */
const settings = { ...tinyPar, batchSize: 128, samples: 1, fewShot: 0, regularizeThreshold: 1 };
const tasks = [
  tinyTask('first', 1, { train: 1200, test: 600 }),
  tinyTask('again', 1, { train: 1200, test: 600, sample: 1 }),
  tinyTask('small', 1, { train: 560, test: 600, sample: 2 }),
];

/** The tasks, telling of every read of their data. */
function watched(source: readonly UserTask[], onRead: (part: string) => void): TaskStream {
  const stream = arrayStream([...source], { validation: '50%' });
  const watch = (split: Split, part: string): Split => ({
    size: split.size,
    labels: () => split.labels(),
    read(indices) {
      onRead(part);
      return split.read(indices);
    },
  });
  return {
    ...stream,
    async *tasks() {
      for await (const task of stream.tasks() as AsyncIterable<Task>) {
        const { id, train, validation, test } = task;
        yield {
          ...task,
          train: watch(train, `train of ${id}`),
          validation: watch(validation, `validation of ${id}`),
          test: watch(test, `test of ${id}`),
        };
      }
    },
  };
}

/** Learns, or goes on, until this part is read so many times; gives the parts read, and how often after the signal was aborted. */
async function learnUntil(run: string, stopPart?: string, times = 1): Promise<{ reads: string[]; late: number; error: unknown }> {
  const controller = new AbortController();
  const reads: string[] = [];
  let late = 0;
  const stream = watched(tasks, (part) => {
    reads.push(part);
    if (controller.signal.aborted) late += 1;
    if (part === stopPart && reads.filter((read) => read === part).length === times) controller.abort();
  });
  const options = { signal: controller.signal, saveEvery: 1 };
  const begun = await readRun(run).then(
    () => true,
    () => false,
  );
  const strategy = par(settings);
  const events = begun ? (await openRun(run)).resume(stream, options) : learn(stream, strategy, { ...options, run });
  const error = await lastValueFrom(events).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  strategy.dispose();
  return { reads, late, error };
}

describe('an aborted signal', () => {
  const whole = join(folder, 'whole');
  let reads: string[];
  beforeAll(async () => {
    ({ reads } = await learnUntil(whole));
    expect(new Set(reads).size).toBe(9);
  });

  it('stops before the next block of anything that is read, and the run goes on from there to the same end', async () => {
    const run = join(folder, 'pieces');
    for (const part of new Set(reads)) {
      for (const times of [1, 2]) {
        const { late, error } = await learnUntil(run, part, times);
        expect(error, part).toMatchObject({ code: 'interrupted' });
        expect(late, part).toBe(0);
        expect(await readRun(run)).toMatchObject({ status: 'interrupted', failure: null });
        expect(await verifyRun(run)).toEqual([]);
      }
    }
    expect((await learnUntil(run)).error).toBeUndefined();
    expect(await outcomeOf(run)).toEqual(await outcomeOf(whole));
  });

  it('stops within a feature extraction', async () => {
    const controller = new AbortController();
    let blocks = 0;
    const slow = {
      name: 'slow',
      sha256: null,
      size: () => 1,
      extract: ({ labels }: { labels: Int32Array }) => {
        blocks += 1;
        if (blocks === 2) controller.abort();
        return Promise.resolve(new Float32Array(labels.length));
      },
      dispose: () => undefined,
    };
    const strategy = par(settings);
    const events = learn(arrayStream(tasks, { validation: '50%' }), strategy, { features: slow, signal: controller.signal });
    await expect(lastValueFrom(events)).rejects.toMatchObject({ code: 'interrupted' });
    strategy.dispose();
    expect(blocks).toBe(2);
  });
});

describe('a signal aborted at an event', () => {
  const few = [tinyTask('first', 1), tinyTask('again', 1, { sample: 1 })];
  const run = (name: string) => join(folder, `event-${name}`);

  async function learnFew(path: string, stopAt?: LearnEvent['type']) {
    const controller = new AbortController();
    const strategy = par({ ...tinyPar, regularizeThreshold: 1 });
    const events = learn(few, strategy, { run: path, signal: controller.signal, saveEvery: 1 });
    const ended = lastValueFrom(events.pipe(tap(({ type }) => type === stopAt && controller.abort())));
    if (stopAt) await expect(ended).rejects.toMatchObject({ code: 'interrupted' });
    else await ended;
    strategy.dispose();
  }
  beforeAll(() => learnFew(run('whole')));

  it.each(['task-started', 'difficulty-measured', 'expert-added', 'task-evaluated', 'task-learned', 'checkpoint-saved'] as const)(
    '%s loses nothing and repeats nothing',
    async (type) => {
      await learnFew(run(type), type);
      await lastValueFrom((await openRun(run(type))).resume(few));
      expect(await outcomeOf(run(type))).toEqual(await outcomeOf(run('whole')));
    },
  );
});

describe('a run that waits for its next task', () => {
  it.each([
    ['an Observable', NEVER],
    [
      'an async iterable',
      {
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<UserTask>>(() => undefined) }),
      },
    ],
  ])('%s: stops at once', async (_, source) => {
    const controller = new AbortController();
    const run = mkdtempSync(join(folder, 'waiting-'));
    const strategy = par(settings);
    const events = learn(source, strategy, { run, signal: controller.signal });
    const stopped = expect(lastValueFrom(events)).rejects.toMatchObject({ code: 'interrupted' });
    setTimeout(() => {
      controller.abort();
    });
    await stopped;
    strategy.dispose();
    expect((await readRun(run)).status).toBe('interrupted');
  });

  it('is left as it was when it was complete', async () => {
    const run = join(folder, 'complete');
    const strategy = par({ ...tinyPar, epochs: 1, samples: 1 });
    const task = tinyTask('only', 1);
    await lastValueFrom(learn([task], strategy, { run }));
    strategy.dispose();
    const before = await outcomeOf(run);
    const controller = new AbortController();
    async function* tasks() {
      yield task;
      controller.abort();
      await new Promise(() => undefined);
    }
    await expect(lastValueFrom((await openRun(run)).resume(tasks(), { signal: controller.signal }))).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(await outcomeOf(run)).toEqual(before);
  });
});
