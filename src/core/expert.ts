import type { Architecture } from './architecture.js';

/** What a report says of an expert: a feature network shared by a group of tasks. */
export interface ExpertSummary {
  /** `e0`, `e1`, … in order of allocation. */
  readonly id: string;
  /** Ids of the tasks that share it, in order of joining. */
  readonly tasks: readonly string[];
  readonly architecture: Architecture;
  /** `searched`, or the id of the expert whose architecture was copied, or null where the strategy has a fixed one. */
  readonly architectureFrom: string | null;
  /** Trainable numbers of the expert without heads; batch-norm scale and offset included, running statistics not. */
  readonly parameters: number;
  /** Bytes of all its weights, running statistics included (float32). */
  readonly bytes: number;
  /** Multiply-adds of one forward pass of one example. */
  readonly macs: number;
}
