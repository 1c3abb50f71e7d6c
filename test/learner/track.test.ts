import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, takeWhile, toArray } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readEvents, readRun } from '../../src/checkpoint/store.js';
import type { AccuracyTracked, LearnEvent } from '../../src/core/events.js';
import { learn } from '../../src/learner/learn.js';
import { openRun } from '../../src/learner/run.js';
import { tf } from '../../src/nn/backend.js';
import { readReport } from '../../src/report/summary.js';
import { finetune } from '../../src/strategies/finetune.js';
import { par } from '../../src/strategies/par/par.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-track-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const tasks = () => [tinyTask('a', 1), tinyTask('b', 1, { sample: 1 }), tinyTask('c', 2)];
const strategies: Record<string, () => Strategy> = {
  par: () => par({ ...tinyPar, fewShot: 0, regularizeThreshold: 1, allocateThreshold: 1 }),
  finetune: () => finetune({ epochs: 2, channels: 2, cells: 3, batchSize: 16, engine: 'eager' }),
};

const isTracked = (event: LearnEvent): event is AccuracyTracked => event.type === 'accuracy-tracked';

async function learned(create: () => Strategy, options: { run?: string; evalEvery?: number }) {
  const strategy = create();
  const events = await lastValueFrom(learn(tasks(), strategy, options).pipe(toArray()));
  const weights = await strategy.save();
  strategy.dispose();
  return { weights, tracked: events.filter(isTracked), accuracies: events.filter((event) => event.type === 'task-evaluated') };
}

async function trackedIn(run: string): Promise<string[]> {
  const found: string[] = [];
  for await (const event of readEvents(run)) {
    if (!isTracked(event)) continue;
    const { task, phase, epoch, on, accuracy } = event;
    found.push(JSON.stringify({ task, phase, epoch, on, accuracy }));
  }
  return found;
}

describe.each(Object.entries(strategies))('accuracy during training, %s', (name, create) => {
  it('is measured after every epoch on all that the training changes, and changes nothing', async () => {
    const before = tf.memory().numTensors;
    const plain = await learned(create, {});
    const tracked = await learned(create, { evalEvery: 1 });
    expect(tracked.weights).toEqual(plain.weights);
    expect(tracked.accuracies).toEqual(plain.accuracies);
    expect(tf.memory().numTensors).toBe(before);
    expect(plain.tracked).toEqual([]);
    const during = tracked.tracked.filter(({ task, phase }) => task === 1 && phase !== 'kept').map(({ epoch, on }) => [epoch, on]);
    expect(during).toEqual([1, 2].flatMap((epoch) => [[epoch, 0], [epoch, 1]])); // prettier-ignore
  });

  it('has every epoch once in a run that is stopped anywhere and resumed', async () => {
    const whole = join(folder, `${name}-whole`);
    await learned(create, { run: whole, evalEvery: 1 });
    const stopped = join(folder, `${name}-stopped`);
    const strategy = create();
    let epochs = 0;
    const untilSecondTask = takeWhile((event: LearnEvent) => !(event.type === 'epoch-ended' && ++epochs > 2 && event.task === 1));
    await lastValueFrom(learn(tasks(), strategy, { run: stopped, evalEvery: 1, saveEvery: 1 }).pipe(untilSecondTask, toArray()));
    strategy.dispose();
    const run = await openRun(stopped);
    await lastValueFrom(run.resume(tasks()).pipe(toArray()));
    run.close();
    expect(await trackedIn(stopped)).toEqual(await trackedIn(whole));
    expect((await readRun(stopped)).accuracy).toEqual((await readRun(whole)).accuracy);
    const { during } = await readReport(stopped);
    expect(during?.metrics.minAccuracy.value).toBeTypeOf('number');
    expect(during?.series.map(({ on }) => on)).toEqual([0, 1, 2]);
  });
});
