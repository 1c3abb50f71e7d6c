import type { FitVectors } from '../../nn/fit.js';
import type { Midway } from '../strategy.js';
import { answersTo, featuresFor } from './answers.js';
import { learnedTask } from './memory.js';
import type { Lesson } from './method.js';
import { remember } from './remember.js';

/**
 * A lesson as it stands: what would be remembered if it ended with these weights.
 *
 * @param own whether every task has a view of its own of the network, which later training leaves as it is
 */
export function midwayOf(lesson: Lesson, trained: FitVectors, own: boolean): Midway {
  const { task, earlier, steps } = lesson;
  const memory = remember(lesson, trained, {});
  return {
    tasks: [...(own ? [] : earlier.map(({ ref }) => ref.id)), task.id],
    predict: ({ id }, examples) => {
      const learned = learnedTask(memory, id);
      return Promise.resolve(answersTo(featuresFor(memory, learned, steps, examples), memory, learned));
    },
  };
}
