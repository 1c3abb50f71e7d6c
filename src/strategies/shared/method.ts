import type { FeatureExtractor } from '../../core/features.js';
import type { NamedArray } from '../../core/snapshot.js';
import type { Task, TaskRef } from '../../core/task.js';
import type { Candidate } from '../../difficulty/identify.js';
import type { Prototypes } from '../../difficulty/prototypes.js';
import type { TaskFinder } from '../../difficulty/task-finder.js';
import type { AttachedModule } from '../../experts/attached-modules.js';
import type { ExpertKind } from '../../experts/expert-kind.js';
import type { Expert } from '../../experts/expert.js';
import type { FrozenBase } from '../../experts/frozen-base.js';
import type { Groups, LearnedTask, Memory } from '../../experts/memory.js';
import type { Course } from '../../experts/training/expert-training.js';
import type { TrainingRecipe } from '../../experts/training/recipe.js';
import type { ExpertVectors } from '../../experts/vectors.js';
import type { FitVectors } from '../../nn/fit.js';
import type { UpdateRule } from '../../nn/optimizer.js';
import type { StepCache } from '../../nn/step-cache.js';

/** Options of training that every method with fixed networks has. */
export type BaselineOptions = TrainingRecipe & {
  readonly softmaxOver?: 'task' | 'seen';
  /** What is attached to something: the networks stand on the backbone of the run. */
  readonly network?: 'cells' | 'mlp' | AttachedModule;
};

/** What a method sees of a task that is learned: the task, and what there was before it. */
export interface TrainingContext {
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
  /** The frozen extractor of the run for such inputs. */
  readonly features: FeatureExtractor;
  /** An earlier task's data, where they are at hand. */
  readonly known: (id: string) => Task | undefined;
}

/** A training that is started or gone on with: its number, and where an earlier one of the same task left the weights. */
export interface Round {
  readonly number: number;
  readonly start: FitVectors;
}

/** How one training differs from plain finetuning; what is not given is as there. */
export interface Plan extends Partial<Omit<Course, 'initial' | 'heads'>> {
  readonly start?: FitVectors;
  readonly epochs?: number;
}

/** What is a method's own; a method without anything is finetuning. */
export interface Method {
  /** Kinds of experts that only this method has. */
  readonly kinds?: readonly ExpertKind[];
  /** What a new network stands on; the same for the same task and memory. */
  on?(task: Task, memory: Memory): FrozenBase | undefined;
  /** Every task gets a network of its own. */
  readonly separate?: boolean;
  /** The earlier tasks' heads train along. */
  readonly trainsOldHeads?: boolean;
  /** Batches hold examples of earlier tasks too. */
  readonly mixesTasks?: boolean;
  /** Epochs of further trainings of a task. */
  readonly furtherEpochs?: number;
  plan?(training: TrainingContext, round: Round): Plan | Promise<Plan>;
  /** Where the next training of the task starts, after one that ended with `best`; undefined when there is none. */
  nextRound?(training: TrainingContext, best: FitVectors, number: number): FitVectors | undefined;
  /** What the method keeps once a task is trained: the groups that are new or changed; the others stay. Changes nothing else. */
  keep?(training: TrainingContext, best: FitVectors): Groups | Promise<Groups>;
  /** Learning leaves the logits of earlier tasks as they are. */
  readonly isolated?: boolean;
  /** A learned task's own view of its network. */
  readonly view?: (memory: Memory, task: LearnedTask) => ExpertVectors;
  /** Class prototypes of a learned task, where they are kept. */
  readonly prototypes?: (memory: Memory, task: TaskRef) => Prototypes;
  /** What finds the tasks of examples; undefined: the nearest prototype. */
  readonly taskFinder?: (memory: Memory, candidates: readonly Candidate[]) => TaskFinder | undefined;
}

/** A vector at rest. */
export const vector = (data: Float32Array | Int32Array): NamedArray => ({ shape: [data.length], data });
