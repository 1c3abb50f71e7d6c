import type { Decision } from './decision.js';
import type { ExpertSummary } from './expert.js';
import type { TaskRecord } from './run-record.js';

/** Which part of learning a task an epoch belongs to. */
export type Phase = 'search' | 'train' | 'distil' | 'head';

/** What a strategy reports while it learns a task. `task` is the task's index throughout. */
export type StrategyEvent =
  | {
      readonly type: 'difficulty-measured';
      readonly task: number;
      /** D(t, i) by index of the old task i */ readonly divergence: readonly number[];
      readonly noiseFloor: number | null;
    }
  | { readonly type: 'decision-made'; readonly task: number; readonly decision: Decision }
  | {
      readonly type: 'candidate-evaluated';
      readonly task: number;
      readonly sample: number;
      readonly samples: number;
      readonly accuracy: number;
      readonly seconds: number;
    }
  | {
      readonly type: 'epoch-ended';
      readonly task: number;
      readonly phase: Phase;
      /** 1-based. */
      readonly epoch: number;
      readonly epochs: number;
      /** Mean training loss over the epoch. */
      readonly loss: number;
      /** Null for a task without validation samples. */
      readonly validationAccuracy: number | null;
      readonly learningRate: number;
      readonly seconds: number;
    }
  | {
      readonly type: 'examples-added';
      readonly task: number;
      /** Training examples of the task that are in the sums so far. */
      readonly examples: number;
      /** All that the task has. */
      readonly of: number;
    }
  | { readonly type: 'expert-added'; readonly task: number; readonly expert: ExpertSummary };

/**
 * Accuracy on a task `on` while task `task` is learned, on a fixed part of its test split: with the weights as they are after an epoch, or, as
 * `kept`, with those that learning the task ended with.
 */
export interface AccuracyTracked {
  readonly type: 'accuracy-tracked';
  readonly task: number;
  readonly phase: Phase | 'kept';
  /** 1-based, of the task; for `kept` the epochs that it took. */
  readonly epoch: number;
  readonly on: number;
  /** Null where the task's data are not at hand, or have no test examples. */
  readonly accuracy: number | null;
}

/** Everything that a run tells: the stream of events that `learn` emits and `events.ndjson` keeps. */
export type LearnEvent =
  | {
      readonly type: 'run-started';
      readonly stream: string;
      readonly strategy: string;
      readonly seed: number;
      readonly tasks: number | null;
      readonly learned: number;
    }
  | {
      readonly type: 'task-started';
      readonly task: number;
      readonly id: string;
      readonly name: string;
      readonly train: number;
      readonly validation: number;
      readonly test: number;
    }
  | StrategyEvent
  | AccuracyTracked
  | {
      readonly type: 'task-evaluated';
      readonly task: number;
      readonly on: number;
      readonly accuracy: number | null;
      readonly measured: boolean;
    }
  | { readonly type: 'task-learned'; readonly task: number; readonly record: TaskRecord }
  /** `path`: the file that holds the saved state, as seen from the run folder. */
  | { readonly type: 'checkpoint-saved'; readonly task: number; readonly path: string }
  | { readonly type: 'run-finished'; readonly tasks: number; readonly seconds: number };
