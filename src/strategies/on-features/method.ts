import type { Tensor } from '../../nn/backend.js';
import type { LinearClassifier } from './linear-classifier.js';
import type { SecondMoment } from './second-moment.js';
import type { StandardizationMode } from './standardization.js';
import type { NamedSums } from './sums.js';

/** Everything that the classes follow from: sums over the examples of all tasks. */
export interface Totals {
  readonly classes: NamedSums;
  /** Where the method {@link ClosedFormMethod.keepsMoment}. */
  readonly moment: SecondMoment | undefined;
  /** The same of validation examples, where the method {@link ClosedFormMethod.keepsHeldOut} and there are any. */
  readonly heldOut: { readonly classes: NamedSums; readonly moment: SecondMoment } | undefined;
  /** Losses by candidate, added up over the tasks, where the method measures {@link ClosedFormMethod.losses}. */
  readonly losses: readonly number[];
}

/** A task's training rows in the order of its split, for a choice that needs more than sums. */
export interface TaskRows {
  /** `[n, M]` */
  readonly rows: Float32Array;
  readonly labels: Int32Array;
  readonly classes: number;
}

/** What comparable features go through before they are classified, in tensors: what is exported. */
export interface RowFunction {
  /** Equal for equal functions of rows and weights. */
  readonly key: string;
  /** Length of what comes out. */
  readonly size: number;
  /** Numbers that it depends on. */
  readonly weights?: { readonly name: string; readonly shape: readonly number[]; readonly values: Float32Array };
  apply(rows: Tensor, weights: Tensor | undefined): Tensor;
}

/** What distinguishes a closed form from the others: which sums it keeps, and the classifier that follows from them. */
export interface ClosedFormMethod {
  readonly standardization: StandardizationMode;
  /** Whether rows are the standardized features themselves, so that sums can be brought to another standardization. */
  readonly affine: boolean;
  /** Whether the seed rules anything. */
  readonly seeded: boolean;
  /** The sum of h h' of training rows is kept. */
  readonly keepsMoment: boolean;
  /** Sums of validation rows are kept too, to choose by. */
  readonly keepsHeldOut: boolean;
  /** Length M of what is summed, for D features. @throws LifelongError `config` where that does not fit into memory */
  rowSize(features: number): number;
  /** Standardized features `[n, D]` as they are summed, `[n, M]`. */
  lift(rows: Float32Array, features: number, seed: number): Float32Array;
  /** What is classified, where that is not what is summed. */
  question?(rows: Float32Array, size: number): Float32Array;
  /** `lift` and `question` as one function of tensors, for D features; where it is left out, rows are the standardized features. */
  rows?(features: number, seed: number): RowFunction;
  /** Losses by candidate on a part of a task's training rows that is held out. */
  losses?(rows: TaskRows): readonly number[];
  /** @throws LifelongError `diverged` where the sums determine no classifier */
  solve(totals: Totals): LinearClassifier;
}
