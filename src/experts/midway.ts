import type { Midway } from '../core/predictions.js';
import type { StepCache } from '../nn/step-cache.js';
import { predictionsFrom, featuresFor } from './predictions.js';
import { taskNamed, type Memory } from './memory.js';

/** @param memory as it would be if the training ended now */
export function midwayOf(memory: Memory, tasks: Midway['tasks'], steps: StepCache): Midway {
  return {
    tasks,
    predict({ id }, examples) {
      const task = taskNamed(memory, id);
      return Promise.resolve(predictionsFrom(featuresFor(memory, task, steps, examples), memory, task));
    },
  };
}
