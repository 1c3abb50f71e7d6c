import type { Examples, TaskRef } from './task.js';

/** Class logits of a block of examples. */
export interface Predictions {
  /** Number of classes C. */
  readonly classes: number;
  /** Logits `[n, C]`, row-major. */
  readonly logits: Float32Array;
}

/** A training under way, asked what the weights of the moment answer. */
export interface Midway {
  /** Ids of the learned tasks whose predictions this training changes, in order of learning, then the task that is learned. */
  readonly tasks: readonly string[];
  /** Logits of one of these tasks' heads. */
  predict(task: TaskRef, examples: Examples): Promise<Predictions>;
}
