import type { FrozenWeights } from './frozen-weights.js';

/**
 * A tensor of TensorFlow.js, as far as public types tell. tfjs's own tensors fit; who computes with them has tfjs's types, and who does not
 * needs none of them to compile against ours.
 */
export interface OpaqueTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Weights in one flat vector, in the order in which they lie there. */
export interface NamedWeights {
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/**
 * What turns inputs into the features that a task's head reads, once it is trained: a pure function of two flat vectors of weights, of frozen
 * weights where it stands on any, and of a batch. Inputs `[n, ...shape]` of the task's type go in, features `[n, featureSize]` come out.
 */
export interface FeatureNetwork {
  /** Equal for networks that compute the same function of their weights. */
  readonly key: string;
  readonly featureSize: number;
  /** Of an ensemble: how many members there are, whose features it gives side by side, `[n, members * featureSize]`. The answer is their mean probability. */
  readonly members?: number;
  /** What the two vectors consist of; statistics are running means and variances of batch norms. */
  readonly declaration: { readonly parameters: NamedWeights; readonly statistics: NamedWeights };
  /** What it stands on. */
  readonly frozen?: FrozenWeights;
  /**
   * With running statistics. Takes and gives tensors of tfjs.
   *
   * @param frozen tensors of the frozen weights, by name; `{}` for a network that stands on nothing
   */
  infer(parameters: OpaqueTensor, statistics: OpaqueTensor, frozen: Readonly<Record<string, OpaqueTensor>>, x: OpaqueTensor): OpaqueTensor;
}
