import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, takeWhile, tap, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readRun, verifyRun } from '../../src/checkpoint/store.js';
import type { LearnEvent } from '../../src/core/events.js';
import type { TaskStream } from '../../src/core/stream.js';
import type { Split, Task } from '../../src/core/task.js';
import { learn, type LearnOptions } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { trackedPositions } from '../../src/learner/track.js';
import { tf } from '../../src/nn/backend.js';
import { readReport } from '../../src/report/summary.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { par } from '../../src/strategies/par/par.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';
import { outcomeOf } from '../resume/outcome.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-track-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A searched expert, distillation into it, a head alone, and an expert of its own for other inputs. */
const tasks = [
  tinyTask('first', 1, { train: 80, test: 600, noise: 0.5 }),
  tinyTask('again', 1, { train: 80, test: 40, sample: 1 }),
  tinyTask('small', 1, { train: 30, test: 40, sample: 2 }),
  tinyTask('large', 3, { train: 40, test: 40, size: 10 }),
];
const makePar = () => par({ ...tinyPar, cells: 1, epochs: 3, samples: 1, fewShot: 0, regularizeThreshold: 1, learningRate: 0.05 });
const makeFinetune = () => finetune({ network: 'mlp', units: 8, epochs: 3, batchSize: 16, learningRate: 0.05, engine: 'eager' });

async function learnAll(strategy: Strategy, source: readonly UserTask[], options: LearnOptions = {}) {
  const events = await lastValueFrom(learn(source, strategy, options).pipe(toArray()));
  const snapshot = await strategy.save();
  strategy.dispose();
  return { events, snapshot };
}

const trackedOf = (events: readonly LearnEvent[]) =>
  events.flatMap((event) =>
    event.type === 'accuracy-tracked' ? [[event.task, event.phase, event.epoch, event.on, event.accuracy] as const] : [],
  );
const matrixOf = (events: readonly LearnEvent[]) =>
  events.flatMap((event) => (event.type === 'task-evaluated' ? [[event.task, event.on, event.accuracy] as const] : []));

describe('accuracy during training', () => {
  it('is measured after every n-th epoch on the task and the earlier ones of its expert, and with what was kept', async () => {
    const { events } = await learnAll(makePar(), tasks, { evalEvery: 2 });
    expect(trackedOf(events).map((point) => point.slice(0, 4))).toEqual([
      [0, 'train', 2, 0],
      [0, 'kept', 3, 0],
      [1, 'distil', 2, 0],
      [1, 'distil', 2, 1],
      [1, 'kept', 3, 0],
      [1, 'kept', 3, 1],
      [2, 'head', 2, 2],
      [2, 'kept', 3, 2],
      [3, 'train', 2, 3],
      [3, 'kept', 3, 3],
    ]);
    const after = (type: LearnEvent['type']) => events.findIndex((event) => event.type === type);
    expect(events[after('accuracy-tracked') - 1]).toMatchObject({ type: 'epoch-ended', epoch: 2 });
  });

  it('says what the weights of the moment answer: other than before, and the same as what is kept of them', async () => {
    const { events } = await learnAll(makeFinetune(), [...tasks.slice(0, 2), tinyTask('other', 2, { train: 200, test: 40 })], {
      evalEvery: 1,
    });
    const tracked = trackedOf(events);
    const bestOf = (task: number) =>
      events
        .flatMap((event) => (event.type === 'epoch-ended' && event.task === task ? [event] : []))
        .reduce((best, epoch) => ((epoch.validationAccuracy ?? NaN) > (best.validationAccuracy ?? NaN) ? epoch : best)).epoch;
    for (const task of [0, 1, 2]) {
      const at = (epoch: number, phase: string) =>
        tracked
          .filter((point) => point[0] === task && point[1] === phase && point[2] === epoch)
          .map(([, , , on, accuracy]) => [on, accuracy]);
      expect(at(bestOf(task), 'train')).toEqual(at(3, 'kept'));
    }
    expect(new Set(tracked.filter(([, , , on]) => on === 0).map(([, , , , accuracy]) => accuracy)).size).toBeGreaterThan(1);
  });

  it('equals the accuracy matrix where the whole test split is measured', async () => {
    const { events } = await learnAll(makePar(), tasks, { evalEvery: 1 });
    const small = matrixOf(events).filter(([task, on]) => task === on && on > 0);
    const kept = trackedOf(events).filter(([task, phase, , on]) => phase === 'kept' && task === on && on > 0);
    expect(kept.map(([task, , , on, accuracy]) => [task, on, accuracy])).toEqual(small);
  });

  it.each([
    ['par', makePar],
    ['finetune', makeFinetune],
  ])('changes nothing that is learned, and holds no tensors: %s', async (_, make) => {
    const source = tasks.slice(0, make === makePar ? 4 : 3);
    const before = tf.memory().numTensors;
    const [without, tracked] = [await learnAll(make(), source), await learnAll(make(), source, { evalEvery: 1 })];
    expect(tracked.snapshot).toEqual(without.snapshot);
    expect(matrixOf(tracked.events)).toEqual(matrixOf(without.events));
    expect(trackedOf(without.events)).toEqual([]);
    expect(trackedOf(tracked.events).length).toBeGreaterThan(10);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is not there for a strategy that cannot be asked midway', async () => {
    const own = makeFinetune();
    const silent = new Proxy(own, {
      get(target, name) {
        const value: unknown = name === 'midway' ? undefined : Reflect.get(target, name);
        return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
      },
    });
    const { events } = await learnAll(silent, tasks.slice(0, 2), { evalEvery: 1 });
    expect(trackedOf(events)).toEqual([]);
  });

  it.each([-1, 0.5, NaN])('refuses every %d epochs', async (evalEvery) => {
    await expect(learnAll(makeFinetune(), tasks, { evalEvery })).rejects.toMatchObject({ code: 'usage' });
  });

  it('measures at most so many examples, the same ones throughout a run, others with another seed', () => {
    const split = (size: number): Split => ({ size, labels: () => Promise.reject(new Error()), read: () => Promise.reject(new Error()) });
    const task = (size: number) => ({ index: 2, test: split(size) }) as Task;
    const tracking = { every: 1, examples: 500, pending: null };
    expect(trackedPositions(task(40), 0, tracking)).toEqual(Int32Array.from({ length: 40 }, (_, i) => i));
    const drawn = trackedPositions(task(2000), 0, tracking);
    expect(new Set(drawn).size).toBe(500);
    expect(trackedPositions(task(2000), 0, tracking)).toEqual(drawn);
    expect(trackedPositions(task(2000), 1, tracking)).not.toEqual(drawn);
  });
});

describe('accuracy during training of a run that is stopped', () => {
  const whole = join(folder, 'whole');
  const copies: string[] = [];
  beforeAll(async () => {
    const strategy = makePar();
    const wanted = new Set<LearnEvent['type']>(['accuracy-tracked', 'epoch-ended', 'task-evaluated']);
    const events = learn(tasks.slice(0, 3), strategy, { run: whole, evalEvery: 1, saveEvery: 2 });
    const copy = ({ type }: LearnEvent) => {
      if (!wanted.has(type)) return;
      const path = join(folder, `copy-${copies.length}`);
      cpSync(whole, path, { recursive: true, filter: (source) => !/lock/.test(source) });
      copies.push(path);
    };
    await lastValueFrom(events.pipe(tap(copy)));
    strategy.dispose();
  });

  it('is in the report of the run', async () => {
    const { during } = await readReport(whole);
    expect(during?.series.map(({ on, points }) => [on, points.length])).toEqual([
      [0, 8],
      [1, 4],
      [2, 4],
    ]);
    expect((await readRun(whole)).tracking).toEqual({ every: 1, examples: 500, pending: null });
  });

  it('has every epoch once when it is killed at any event and goes on', async () => {
    const expected = await outcomeOf(whole);
    expect(copies.length).toBeGreaterThan(20);
    for (const path of copies.filter((_, i) => i % 4 === 0)) {
      await lastValueFrom((await openRun(path)).resume(tasks.slice(0, 3), { saveEvery: 2 }));
      expect(await outcomeOf(path), path).toEqual(expected);
    }
  });

  it('has every epoch once when its events are listened to no longer, and it goes on', async () => {
    const run = join(folder, 'left');
    const strategy = makePar();
    const left = takeWhile((event: LearnEvent) => !(event.type === 'epoch-ended' && event.task === 1 && event.epoch === 2));
    await lastValueFrom(learn(tasks.slice(0, 3), strategy, { run, evalEvery: 1, saveEvery: 1 }).pipe(left));
    strategy.dispose();
    await lastValueFrom((await openRun(run)).resume(tasks.slice(0, 3)));
    expect(await outcomeOf(run)).toEqual(await outcomeOf(whole));
  });

  /** The tasks, whose test splits tell of every read. */
  function watched(onRead: () => void): TaskStream {
    const stream = arrayStream(tasks.slice(0, 3));
    return {
      ...stream,
      async *tasks() {
        for await (const task of stream.tasks() as AsyncIterable<Task>) {
          const { test } = task;
          const read: Split['read'] = (indices) => {
            onRead();
            return test.read(indices);
          };
          yield { ...task, test: { size: test.size, labels: () => test.labels(), read } };
        }
      },
    };
  }

  it('has every epoch once when it is interrupted while it measures', async () => {
    const run = join(folder, 'interrupted');
    const told: LearnEvent[] = [];
    let pending = 0;
    for (let stopAt = 1, ended = false; !ended; stopAt++) {
      const controller = new AbortController();
      let reads = 0;
      const stream = watched(() => {
        reads += 1;
        if (reads === stopAt) controller.abort();
      });
      const strategy = makePar();
      const options = { signal: controller.signal, saveEvery: 2 };
      const events =
        stopAt === 1 ? learn(stream, strategy, { ...options, run, evalEvery: 1 }) : (await openRun(run)).resume(stream, options);
      const error = await lastValueFrom(events.pipe(tap((event) => told.push(event)))).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      strategy.dispose();
      ended = error === undefined;
      if (!ended) {
        expect(error).toMatchObject({ code: 'interrupted' });
        expect(await verifyRun(run)).toEqual([]);
        if ((await readRun(run)).tracking?.pending) pending += 1;
      }
      expect(stopAt).toBeLessThan(100);
    }
    expect(pending).toBeGreaterThan(3);
    const logged: LearnEvent[] = [];
    for await (const event of readEvents(run)) logged.push(event);
    const epochs = (events: readonly LearnEvent[]) =>
      events.flatMap((event) => (event.type === 'epoch-ended' ? [[event.task, event.phase, event.epoch]] : []));
    expect(epochs(told)).toEqual(epochs(logged));
    expect(await outcomeOf(run)).toEqual(await outcomeOf(whole));
  });
});
