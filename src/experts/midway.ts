import type { Midway } from '../core/predictions.js';
import type { StepCache } from '../nn/step-cache.js';
import { predictionsFrom, featuresFor } from './predictions.js';
import { taskNamed, type LearnedTask, type Memory } from './memory.js';
import type { ExpertVectors } from './vectors.js';

/**
 * @param memory as it would be if the training ended now
 * @param tasks the one in training is the last
 * @param view of earlier tasks on their network, where they have one
 */
export function midwayOf(
  memory: Memory,
  tasks: Midway['tasks'],
  steps: StepCache,
  view?: (memory: Memory, task: LearnedTask) => ExpertVectors,
): Midway {
  return {
    tasks,
    predict({ id }, examples) {
      const task = taskNamed(memory, id);
      const seen = id === tasks.at(-1) ? undefined : view?.(memory, task);
      return Promise.resolve(predictionsFrom(featuresFor(memory, task, steps, examples, seen), memory, task));
    },
  };
}
