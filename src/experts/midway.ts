import type { Predictions } from '../core/predictions.js';
import type { Examples, TaskRef } from '../core/task.js';
import type { StepCache } from '../nn/step-cache.js';
import { answersTo, featuresFor } from './answers.js';
import { taskNamed, type Memory } from './memory.js';

/** A training under way, asked what the weights of the moment answer. */
export interface Midway {
  /** Ids of the learned tasks whose predictions this training changes, in order of learning, then the task that is learned. */
  readonly tasks: readonly string[];
  /** Logits of one of these tasks' heads. */
  predict(task: TaskRef, examples: Examples): Promise<Predictions>;
}

/** @param memory as it would be if the training ended now */
export function midwayOf(memory: Memory, tasks: Midway['tasks'], steps: StepCache): Midway {
  return {
    tasks,
    predict({ id }, examples) {
      const task = taskNamed(memory, id);
      return Promise.resolve(answersTo(featuresFor(memory, task, steps, examples), memory, task));
    },
  };
}
