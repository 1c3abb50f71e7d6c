import type { ClassName, Examples, TaskRef } from './task.js';

/** Class logits of a block of examples. */
export interface Predictions {
  /** Number of classes C. */
  readonly classes: number;
  /** Logits `[n, C]`, row-major. */
  readonly logits: Float32Array;
  /** Of an ensemble, whose mean probability the logits stand for: those of each member, `[n, members, C]`. */
  readonly members?: Float32Array;
  /** What they are divided by before softmax, so that probabilities can be believed; 1 where it is not there. */
  readonly temperature?: number;
}

/** Logits among the classes of all learned tasks, each class name once. */
export interface AllClasses {
  readonly names: readonly ClassName[];
  readonly predictions: Predictions;
}

/** A training under way, asked what the weights of the moment answer. */
export interface Midway {
  /** Ids of the learned tasks whose predictions this training changes, in order of learning, then the task that is learned. */
  readonly tasks: readonly string[];
  /** Logits of one of these tasks' heads. */
  predict(task: TaskRef, examples: Examples): Promise<Predictions>;
}
