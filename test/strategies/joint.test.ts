import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/task.js';
import { readRun } from '../../src/checkpoint/store.js';
import { learn } from '../../src/learner/learn.js';
import { openRun } from '../../src/run/open.js';
import { allPositions } from '../../src/experts/training/batches.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { joint } from '../../src/strategies/joint/joint.js';
import { tinyTask } from '../support/tiny-tasks.js';
import { contextFor, learnTasks, tinyMlp, weightsOf } from './tiny-strategies.js';

const tasks = checkTasks(2);
const [first, second] = tasks as readonly [Task, Task];

describe('joint', () => {
  it('is finetune on the first task, and reads every training example of all tasks in each epoch afterwards', async () => {
    const read: Record<string, number[]> = {};
    const watched = tasks.map((task) => ({
      ...task,
      train: {
        ...task.train,
        read(positions: Int32Array) {
          (read[task.id] ??= []).push(...positions);
          return task.train.read(positions);
        },
      },
    }));
    const [strategy, plain] = [joint(tinyMlp), finetune(tinyMlp)];
    await learnTasks(strategy, watched.slice(0, 1));
    await learnTasks(plain, [first]);
    const [state, expected] = [await strategy.save(), await plain.save()];
    expect(weightsOf(state)['heads/0']?.['head.weight']?.shape).toEqual(weightsOf(expected)['heads/0']?.['head.weight']?.shape);
    for (const id of Object.keys(read)) read[id] = [];
    await learnTasks(strategy, watched.slice(1), contextFor(watched));
    const sorted = (id: string) => (read[id] ?? []).toSorted((a, b) => a - b);
    const threeEpochs = [...allPositions(22)].flatMap((position) => [position, position, position]);
    expect(sorted(first.id)).toEqual(threeEpochs);
    expect(sorted(second.id)).toEqual(threeEpochs);
    strategy.dispose();
    plain.dispose();
  });

  it('says which data it misses, and keeps what it has learned', async () => {
    const strategy = joint(tinyMlp);
    await learnTasks(strategy, [first]);
    const saved = await strategy.save();
    await expect(learnTasks(strategy, [second], contextFor([second]))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/task b.*data of task task a/) as unknown,
    });
    expect(await strategy.save()).toEqual(saved);
    strategy.dispose();
  });
});

describe('joint in a run folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifelong-joint-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('goes on in another process with the earlier tasks of the stream', async () => {
    const stream = [tinyTask('a', 1), tinyTask('b', 2), tinyTask('c', 3)];
    const start = async (run: string, limit: number) => {
      const strategy = joint(tinyMlp);
      await lastValueFrom(learn(stream, strategy, { run: join(folder, run), tasks: limit }).pipe(toArray()));
      strategy.dispose();
    };
    await start('whole', 3);
    await start('pieces', 1);
    const opened = await openRun(join(folder, 'pieces'));
    await lastValueFrom(opened.resume(stream).pipe(toArray()));
    opened.close();
    const [whole, pieces] = [await readRun(join(folder, 'whole')), await readRun(join(folder, 'pieces'))];
    expect(pieces.files).toEqual(whole.files);
    expect(pieces.accuracy).toEqual(whole.accuracy);
    expect(pieces.classIncremental).toEqual(whole.classIncremental);
  });
});
