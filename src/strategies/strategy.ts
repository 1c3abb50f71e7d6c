import type { Decision } from '../core/decision.js';
import type { StrategyEvent } from '../core/events.js';
import type { ExpertSummary } from '../core/expert.js';
import type { FeatureNetwork } from '../core/feature-network.js';
import type { FeatureExtractor } from '../core/features.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { JsonObject } from '../core/json.js';
import type { AllClasses, Midway, Predictions } from '../core/predictions.js';
import type { RecordedExtractor } from '../core/run-record.js';
import type { Snapshot } from '../core/snapshot.js';
import type { ClassName, Examples, Task, TaskRef } from '../core/task.js';
import type { Candidate } from '../difficulty/identify.js';
import type { Prototypes } from '../difficulty/prototypes.js';
import type { TaskFinder } from '../difficulty/task-finder.js';

export type { AllClasses, Midway, Predictions } from '../core/predictions.js';

/** What the learner hands a strategy besides the task. */
export interface LearnContext {
  readonly seed: number;
  readonly features: FeatureExtractor;
  /** What new experts stand on, for a strategy that takes one. */
  readonly backbone?: FrozenBackbone;
  /**
   * When aborted, `learn` throws LifelongError `interrupted` at the next batch, and leaves the strategy as it was at its last yield.
   */
  readonly signal?: AbortSignal;
  /** An earlier task of the run with its data, where the stream has given it; for methods that read old data again. */
  readonly known?: (id: string) => Task | undefined;
  /** Processes that may work beside this one; unless given, as many as pay on this machine. They change no result. */
  readonly workers?: number;
  /** Starts workers elsewhere, in place of those processes: a `StartWorkers` of src/search, whose types lead to TensorFlow's. */
  readonly startWorkers?: (plan: never) => Promise<unknown>;
  /** Told, in one line, what a user should know though it stops nothing. */
  readonly onNotice?: (notice: string) => void;
}

/** What predicts for a learned task, as data: a network with its weights and the task's head, all flat vectors. */
export interface TaskNetwork {
  readonly network: FeatureNetwork;
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly head: Float32Array;
  /** Whether other networks of the run stand on its kernels: an export then has these once. */
  readonly carries?: boolean;
  /** The extractor whose features go in; undefined where the task's examples do. */
  readonly features?: RecordedExtractor;
  /** What logits are divided by for probabilities; 1 where it is left out. */
  readonly temperature?: number;
}

/** What answers among the classes of all tasks. */
export interface ClassesNetwork extends TaskNetwork {
  /** In the order of the logits. */
  readonly names: readonly ClassName[];
}

/** What came out of learning a task. */
export interface TaskOutcome {
  readonly expert: string | null;
  readonly decision: Decision | null;
  /** D(t, i) by index of the earlier task i. */
  readonly divergence: readonly number[];
  readonly addedParameters: number;
  readonly headParameters: number;
  readonly epochs: number;
}

/**
 * Events that the next thing follows at once: the decision, or that the task is learned. A run does not stop between the two, which would lose
 * the second.
 */
export const announcements: ReadonlySet<StrategyEvent['type']> = new Set(['difficulty-measured', 'expert-added']);

/**
 * A lifelong-learning method. `learn` is straight code that yields progress and returns what it decided; between two yields the strategy
 * is consistent, so `save` may be called at any of them.
 */
export interface Strategy {
  readonly name: string;
  /** Every option with its value, defaults filled in. */
  readonly options: JsonObject;
  /** Whether the seed rules nothing: equal data give equal states under every seed. */
  readonly seedless?: boolean;
  /** Whether its experts can stand on the backbone of a run. */
  readonly takesBackbone?: boolean;
  learn(task: Task, context: LearnContext): AsyncGenerator<StrategyEvent, TaskOutcome>;
  /** Logits of a learned task's head. @throws LifelongError `usage` for a task it has not learned, naming those it has. */
  predict(task: TaskRef, examples: Examples): Promise<Predictions>;
  /**
   * Logits of every learned task's head, in the order of learning, for examples whose task is not known: the largest of all decides. Only
   * where heads can be compared, that is, where tasks share a network.
   */
  predictAll?(examples: Examples): Promise<readonly Predictions[]>;
  /** Logits among all classes learned, for examples whose task is not known; where that is what the strategy is for. */
  predictClasses?(examples: Examples): Promise<AllClasses>;
  /**
   * Hands over the extractor that a restored strategy answers with, where it answers from features; without it that is loaded by its name. Whoever
   * hands it over disposes it.
   */
  useFeatures?(extractor: FeatureExtractor): void;
  /**
   * Adds what another run of this strategy, with these options, has learned, as if its tasks had been learned here.
   *
   * @param tasks what its tasks are called here, in its order
   * @throws LifelongError `usage` for runs that do not fit, naming what differs
   */
  merge?(other: Snapshot, tasks: readonly TaskRef[]): Promise<void>;
  /**
   * The training of this task as its last epoch left it, in a restored strategy too; undefined where nothing is trained. Asking changes nothing.
   * Without it a run has no accuracy during training.
   */
  midway?(task: Task, context: LearnContext): Midway | undefined;
  /** What `predict` answers with, so that it can be used without the strategy. @throws as `predict` */
  taskNetwork?(task: TaskRef): TaskNetwork;
  /** What `predictClasses` answers with, so that it can be used without the strategy; undefined before there is anything. */
  classesNetwork?(): ClassesNetwork | undefined;
  /** Class prototypes of a learned task, where the strategy keeps them: they tell which task an example belongs to. @throws as `predict` */
  prototypes?(task: TaskRef): Prototypes;
  /**
   * Finds the learned tasks of examples in the best way that the strategy has; the nearest prototype, where it is not there.
   *
   * @param candidates learned tasks with inputs of one kind, at least one, as prototypes have them
   */
  taskFinder?(candidates: readonly Candidate[]): TaskFinder;
  /** Changes exactly when predictions on this task can: equal keys mean that its accuracy is what it was. */
  predictionKey(task: TaskRef): string;
  experts(): readonly ExpertSummary[];
  save(): Promise<Snapshot>;
  restore(snapshot: Snapshot): Promise<void>;
  dispose(): void;
}
