import type { ParInput } from '../../src/strategies/par/par.js';
import type { UserTask } from '../../src/streams/array-task.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

/** Settings under which {@link story} takes every way that PAR has. */
export const storyPar: ParInput = { ...tinyPar, epochs: 10, samples: 8, fewShot: 0, regularizeThreshold: 1, allocateThreshold: 1 };

/** Four tasks: the first searches and trains, the second distils, the third trains a head only, the fourth copies an architecture. */
export function story(): UserTask[] {
  return [
    tinyTask('first', 1, { train: 48 }),
    tinyTask('again', 1, { train: 48, sample: 1 }),
    tinyTask('small', 1, { train: 20, sample: 2 }),
    tinyTask('wide', 2, { train: 48, size: 10 }),
  ];
}

/** `count` small tasks, made one by one; four patterns that come again and again. */
export function* manyTasks(count: number, train = 36): Generator<UserTask> {
  for (let i = 0; i < count; i++) yield tinyTask(`t${i}`, i % 4, { train, test: 10, sample: i });
}
