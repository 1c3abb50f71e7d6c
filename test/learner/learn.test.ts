import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, Subject, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEvents, readRun, readSnapshot } from '../../src/checkpoint/store.js';
import type { LearnEvent } from '../../src/core/events.js';
import { learn, type LearnOptions } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { tf } from '../../src/nn/backend.js';
import { par, type ParInput } from '../../src/strategies/par/par.js';
import type { UserTask } from '../../src/streams/array-task.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lifelong-learn-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function learnAll(tasks: Iterable<UserTask> | AsyncIterable<UserTask>, options: LearnOptions = {}, settings: ParInput = {}) {
  const strategy = par({ ...tinyPar, ...settings });
  try {
    const events = await lastValueFrom(learn(tasks, strategy, options).pipe(toArray()));
    return { events, snapshot: await strategy.save() };
  } finally {
    strategy.dispose();
  }
}

const ofType = <T extends LearnEvent['type']>(events: readonly LearnEvent[], type: T) =>
  events.filter((event): event is Extract<LearnEvent, { type: T }> => event.type === type);
const matrix = (events: readonly LearnEvent[]) => ofType(events, 'task-evaluated').map(({ task, on, accuracy }) => [task, on, accuracy]);
const decisions = (events: readonly LearnEvent[]) => ofType(events, 'decision-made').map(({ decision }) => decision.kind);

const three = [tinyTask('a', 1), tinyTask('b', 2), tinyTask('c', 3)];

describe('learn', () => {
  it('learns one task after another, and tells what it does in order', async () => {
    const { events } = await learnAll(three.slice(0, 2), { run: join(folder, 'run') });
    const first = events.filter((event) => !('task' in event) || event.task === 0).map(({ type }) => type);
    expect(first).toEqual([
      'run-started',
      'task-started',
      'difficulty-measured',
      'decision-made',
      'candidate-evaluated',
      'candidate-evaluated',
      'epoch-ended',
      'epoch-ended',
      'expert-added',
      'task-evaluated',
      'task-learned',
      'checkpoint-saved',
      'run-finished',
    ]);
    const record = await readRun(join(folder, 'run'));
    expect(record).toMatchObject({
      status: 'complete',
      tasks: [{ id: 'a' }, { id: 'b' }],
      features: { used: { image: { name: 'pixels' } } },
    });
    expect(record.accuracy.map((row) => row.length)).toEqual([1, 2]);
  });

  it('learns what there is to learn', async () => {
    const { events } = await learnAll([tinyTask('a', 1, { train: 200, test: 100 })], {}, { epochs: 6, learningRate: 0.05 });
    expect(matrix(events)[0]?.[2]).toBeGreaterThan(0.95);
  });

  it('has an expert for a task that comes again', async () => {
    const again = tinyTask('again', 1, { sample: 1, train: 200 });
    const { events } = await learnAll([tinyTask('a', 1, { train: 200 }), tinyTask('b', 2, { train: 200 }), again]);
    expect(ofType(events, 'decision-made')[2]?.decision).toMatchObject({ kind: 'regularize', expert: 'e0' });
    expect(ofType(events, 'expert-added').filter(({ task }) => task === 2)).toEqual([]);
  });

  it('gives the same matrix, decisions and weights for the same seed, others for another', async () => {
    const [one, same, other] = [await learnAll(three, { seed: 0 }), await learnAll(three, { seed: 0 }), await learnAll(three, { seed: 1 })];
    expect(same.snapshot).toEqual(one.snapshot);
    expect(matrix(same.events)).toEqual(matrix(one.events));
    expect(other.snapshot.arrays['experts/e0']).not.toEqual(one.snapshot.arrays['experts/e0']);
  });

  it('holds no tensors between tasks: 20 tasks leave what they found', async () => {
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    const strategy = par(tinyPar);
    const tasks = Array.from({ length: 20 }, (_, i) => tinyTask(`t${i}`, i % 4));
    const events = learn(tasks, strategy);
    await new Promise<void>((resolve, reject) =>
      events.subscribe({
        next: ({ type }) => type === 'task-learned' && counts.push(tf.memory().numTensors),
        error: reject,
        complete: resolve,
      }),
    );
    expect(new Set(counts)).toEqual(new Set([before]));
    strategy.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('evaluates again only what changed, and carries the rest over exactly', async () => {
    const tasks = [tinyTask('a', 1), tinyTask('b', 2), tinyTask('c', 3)];
    const { events } = await learnAll(tasks, {}, { regularizeThreshold: -1, allocateThreshold: 1 });
    const evaluated = ofType(events, 'task-evaluated');
    expect(evaluated.map(({ task, on, measured }) => [task, on, measured])).toEqual([
      [0, 0, true],
      [1, 0, false],
      [1, 1, true],
      [2, 0, false],
      [2, 1, false],
      [2, 2, true],
    ]);
    expect(evaluated[3]?.accuracy).toBe(evaluated[0]?.accuracy);
  });

  it('asks for a task only after the one before it is on disk', async () => {
    const run = join(folder, 'run');
    const asked: number[] = [];
    async function* producer() {
      for (const task of three) {
        asked.push(await readRun(run).then(({ tasks }) => tasks.length));
        yield task;
      }
    }
    await learnAll(producer(), { run });
    expect(asked).toEqual([0, 1, 2]);
  });

  it('takes tasks from an Observable that does not know the next one', async () => {
    const source = new Subject<UserTask>();
    const strategy = par(tinyPar);
    const ids: string[] = [];
    const done = new Promise<void>((resolve, reject) =>
      learn(source, strategy).subscribe({
        next(event) {
          if (event.type === 'run-started') source.next(tinyTask('monday', 1));
          if (event.type !== 'task-learned') return;
          ids.push(event.record.id);
          if (ids.length === 1) source.next(tinyTask('tuesday', 2, { classes: 3 }));
          else source.complete();
        },
        error: reject,
        complete: resolve,
      }),
    );
    await done;
    strategy.dispose();
    expect(ids).toEqual(['monday', 'tuesday']);
  });
});

describe('bad input', () => {
  const failure = async (tasks: UserTask[], options: LearnOptions = {}, settings: ParInput = {}) =>
    learnAll(tasks, options, settings).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('refuses a stream without tasks', async () => {
    expect(await failure([])).toMatchObject({ code: 'data', message: expect.stringContaining('no tasks') as unknown });
  });

  it('refuses the same task id twice', async () => {
    expect(await failure([tinyTask('a', 1), tinyTask('a', 2)])).toMatchObject({
      code: 'data',
      message: expect.stringContaining('"a"') as unknown,
    });
  });

  it('refuses a folder with a run, and leaves it alone', async () => {
    const run = join(folder, 'run');
    await learnAll([tinyTask('a', 1)], { run });
    const before = await readFile(join(run, 'run.json'), 'utf8');
    expect(await failure([tinyTask('b', 2)], { run })).toMatchObject({
      code: 'run-exists',
      hint: expect.stringMatching(/resume.*--force/) as unknown,
    });
    expect(await readFile(join(run, 'run.json'), 'utf8')).toBe(before);
  });

  it('names the option that is wrong', () => {
    expect(() => par({ epochs: 0 })).toThrow(/epochs/);
    expect(() => par({ epoch: 3 } as ParInput)).toThrow(expect.objectContaining({ hint: 'did you mean epochs?' }) as Error);
  });

  it('stops a diverged training with its numbers and keeps what was learned', async () => {
    const run = join(folder, 'run');
    // The second task joins the first one's expert, where so large a weight of the old head's loss is more than float32 holds.
    const error = await failure([tinyTask('a', 1), tinyTask('boom', 2)], { run }, { regularizeThreshold: 1, distillation: 1e39 });
    expect(error).toMatchObject({ code: 'diverged', message: expect.stringMatching(/task boom.*loss became/) as unknown });
    const record = await readRun(run);
    expect(record).toMatchObject({ status: 'failed', tasks: [{ id: 'a' }] });
    expect(record.failure).toContain('diverged');
    await expect(readSnapshot(run)).resolves.toBeDefined();
  });
});

describe('stopping and going on', () => {
  /** Learns until `stop` says so, aborts, and resumes as often as it takes. */
  async function inPieces(run: string, stop: (event: LearnEvent, seen: number) => boolean): Promise<number> {
    let pieces = 0;
    for (;;) {
      pieces += 1;
      const controller = new AbortController();
      const strategy = par(tinyPar);
      const { signal } = controller;
      const events =
        pieces === 1 ? learn(three, strategy, { run, signal, saveEvery: 1 }) : (await openRun(run)).resume(three, { signal, saveEvery: 1 });
      let seen = 0;
      const error = await new Promise<unknown>((resolve) =>
        events.subscribe({
          next: (event) => stop(event, seen++) && controller.abort(),
          error: resolve,
          complete: () => resolve(undefined),
        }),
      );
      strategy.dispose();
      if (error === undefined) return pieces;
      expect(error).toMatchObject({ code: 'interrupted' });
      expect((await readRun(run)).status).toBe('interrupted');
      if (pieces > 60) throw new Error('never finished');
    }
  }

  it('gives the same weights, matrix and log when stopped after every event', async () => {
    const whole = join(folder, 'whole');
    await learnAll(three, { run: whole });
    const pieces = join(folder, 'pieces');
    const progress = new Set(['candidate-evaluated', 'epoch-ended', 'task-learned', 'decision-made']);
    expect(await inPieces(pieces, ({ type }) => progress.has(type))).toBeGreaterThan(10);

    const [a, b] = [await readRun(whole), await readRun(pieces)];
    expect(b.accuracy).toEqual(a.accuracy);
    expect(b.files).toEqual(a.files);
    expect(b.tasks.map(({ decision }) => decision)).toEqual(a.tasks.map(({ decision }) => decision));
    const epochs = async (run: string) => {
      const log: string[] = [];
      for await (const event of readEvents(run))
        if (event.type === 'epoch-ended') log.push(`${event.task} ${event.phase} ${event.epoch} ${event.loss}`);
      return log;
    };
    expect(await epochs(pieces)).toEqual(await epochs(whole));
  });

  it('leaves a finished run untouched, and learns tasks that are new', async () => {
    const run = join(folder, 'run');
    await learnAll(three, { run });
    const before = await readFile(join(run, 'run.json'), 'utf8');
    const events = await lastValueFrom((await openRun(run)).resume(three).pipe(toArray()));
    expect(events.map(({ type }) => type)).toEqual(['run-started', 'run-finished']);
    expect(await readFile(join(run, 'run.json'), 'utf8')).toBe(before);

    const more = await lastValueFrom((await openRun(run)).resume([tinyTask('d', 4)]).pipe(toArray()));
    expect(ofType(more, 'task-learned').map(({ record }) => record.id)).toEqual(['d']);
    const record = await readRun(run);
    expect(record.tasks).toHaveLength(4);
    expect(decisions(more)).toHaveLength(1);
  });

  it('predicts from the folder what it predicted before', async () => {
    const run = join(folder, 'run');
    const strategy = par(tinyPar);
    await lastValueFrom(learn(three, strategy, { run }));
    const { inputs } = tinyTask('b', 2).test;
    const raw = inputs as Float32Array;
    const record = await readRun(run);
    const ref = record.tasks[1];
    if (!ref) throw new Error('task b expected');
    const { logits } = await strategy.predict(ref, { inputs: raw, shape: [8, 8, 1], labels: new Int32Array(20) });
    strategy.dispose();
    const opened = await openRun(run);
    const predictions = await opened.predict(raw, { task: 'b' });
    opened.close();
    expect(predictions.map((prediction) => prediction.class)).toEqual(
      Array.from({ length: 20 }, (_, i) => ref.classes[(logits[2 * i] ?? 0) >= (logits[2 * i + 1] ?? 0) ? 0 : 1]),
    );
    await expect(opened.predict(raw, { task: 'z' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('a, b, c') as unknown,
    });
  });

  it('refuses damaged weights by name', async () => {
    const run = join(folder, 'run');
    await learnAll([tinyTask('a', 1)], { run });
    const { files } = await readRun(run);
    const file = join(run, files['experts/e0']?.path ?? '');
    await writeFile(file, (await readFile(file)).subarray(0, 100));
    await expect(lastValueFrom((await openRun(run)).resume([tinyTask('b', 2)]))).rejects.toMatchObject({
      code: 'run-corrupt',
      message: expect.stringContaining('e0') as unknown,
    });
  });
});
