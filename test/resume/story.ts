import { random } from '../../src/core/random.js';
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

const length = 12;

/** Three tasks of texts as ids of the tokens of test/support/tiny-bert.ts: two classes told apart by a word, another pair of words for each task. */
export function textStory(): UserTask[] {
  return [0, 1, 2].map((index) => {
    const part = (name: string, count: number) => {
      const source = random(8, name, index);
      const inputs = Int32Array.from({ length: count * length }, (_, at) => {
        const [row, place] = [Math.floor(at / length), at % length];
        if (place === 0) return 2;
        if (place >= 6 + (row % 6)) return 0;
        return place % 2 === 1 ? 5 + 2 * index + (row % 2) : 12 + source.integer(11);
      });
      return { inputs, labels: Array.from({ length: count }, (_, i) => i % 2) };
    };
    const parts = { train: part('train', 40), validation: part('validation', 16), test: part('test', 16) };
    return { id: `t${index}`, domain: 'text', inputShape: [length], ...parts };
  });
}
