import type { NamedArray } from '../../core/snapshot.js';
import type { Task } from '../../core/task.js';
import type { Tensor } from '../../nn/backend.js';
import type { StepFunction } from '../../nn/compile/compile.js';
import type { Batch, FitVectors } from '../../nn/fit.js';
import type { UpdateRule } from '../../nn/optimizer.js';
import type { HeldHeads } from '../../nn/shared-step.js';
import type { StepCache } from '../../nn/step-cache.js';
import type { ExpertVectors } from '../../experts/vectors.js';
import type { Expert } from '../../experts/expert.js';
import type { ExpertKind } from '../../experts/expert-kind.js';
import type { Groups, LearnedTask, Memory } from '../../experts/memory.js';
import type { TrainingRecipe } from '../../experts/training/recipe.js';

/** Options of training that every method with fixed networks has. */
export type BaselineOptions = TrainingRecipe & { readonly softmaxOver?: 'task' | 'seen' };

/** What a method sees of a task that is learned: the task, and what there was before it. */
export interface Lesson {
  readonly task: Task;
  readonly seed: number;
  readonly settings: BaselineOptions;
  readonly rule: UpdateRule;
  readonly memory: Memory;
  /** The network that learns the task: as the tasks before left it, or new. */
  readonly expert: Expert;
  /** The tasks that share this network, in order of learning. */
  readonly earlier: readonly LearnedTask[];
  /** Classes of the heads that train, in the order in which they follow the network in `weights`; the task's own is the last. */
  readonly heads: readonly number[];
  /** `[network | heads]` as training starts unless the plan says otherwise. */
  readonly initial: FitVectors;
  readonly steps: StepCache;
  readonly signal: AbortSignal | undefined;
  /** An earlier task's data, where they are at hand. */
  readonly known: (id: string) => Task | undefined;
}

/** A training that is started or gone on with: its number, and where an earlier one of the same task left the weights. */
export interface Round {
  readonly number: number;
  readonly start: FitVectors;
}

/** How one training differs from plain finetuning; what is not given is as there. */
export interface Plan {
  readonly start?: FitVectors;
  readonly epochs?: number;
  /** Inputs of the step that stay the same, such as `importance` and `anchor` (see sharedStep). */
  readonly constants?: Readonly<Record<string, Float32Array>>;
  readonly held?: HeldHeads;
  /** The batches of an epoch (0-based), and how many examples a full one has. */
  readonly batches?: (epoch: number) => AsyncIterable<Batch>;
  readonly batchSize?: number;
  /** Examples of an epoch. */
  readonly examples?: number;
  readonly validate?: (weights: Tensor, statistics: Tensor) => Promise<number>;
  /** A step in place of sharedStep, and what names it. */
  readonly step?: { readonly key: string; readonly build: () => StepFunction };
}

/** What is a method's own; a method without anything is finetuning. */
export interface Method {
  /** Kinds of experts that only this method has. */
  readonly kinds?: readonly ExpertKind[];
  /** Every task gets a network of its own. */
  readonly separate?: boolean;
  /** The earlier tasks' heads train along. */
  readonly trainsOldHeads?: boolean;
  /** Epochs of further trainings of a task. */
  readonly furtherEpochs?: number;
  plan?(lesson: Lesson, round: Round): Plan | Promise<Plan>;
  /** Where the next training of the task starts, after one that ended with `best`; undefined when there is none. */
  nextRound?(lesson: Lesson, best: FitVectors, number: number): FitVectors | undefined;
  /** What the method keeps once a task is trained, all of it. Changes nothing else. */
  keep?(lesson: Lesson, best: FitVectors): Groups | Promise<Groups>;
  /** A learned task's own view of its network. */
  view?(memory: Memory, task: LearnedTask): ExpertVectors;
}

/** A vector at rest. */
export const vector = (data: Float32Array | Int32Array): NamedArray => ({ shape: [data.length], data });
