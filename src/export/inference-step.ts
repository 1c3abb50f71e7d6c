import { LifelongError } from '../core/errors.js';
import type { FeatureNetwork, NamedWeights } from '../core/feature-network.js';
import type { TaskRef } from '../core/task.js';
import { tf, type Tensor } from '../nn/backend.js';
import type { StepFunction } from '../nn/compile/compile.js';
import { applyHead, headLayout } from '../nn/head.js';
import type { TaskNetwork } from '../strategies/strategy.js';

/** The flat vectors that a task's logits depend on, in the order in which a trace takes them. */
export interface InferenceVectors {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly head: Float32Array;
  /** A network sees x scale + offset; both empty where inputs are not normalized. */
  readonly scale: Float32Array;
  readonly offset: Float32Array;
}

/** The vectors of a task; normalization has the roundings that it has in training. */
export function inferenceVectors({ parameters, statistics, head }: TaskNetwork, { normalization }: TaskRef): InferenceVectors {
  const scale = Float32Array.from(normalization?.std ?? [], (value) => 1 / value);
  const offset = Float32Array.from(normalization?.mean ?? [], (value, c) => -value * (scale[c] ?? 1));
  return { parameters, statistics, head, scale, offset };
}

/**
 * From raw inputs `x` `[n, ...input.shape]` and {@link InferenceVectors} to `logits` `[n, classes]`: normalization, network, head. The step throws
 * LifelongError `usage` where a strategy's network gives something else than a tensor.
 */
export function inferenceStep(network: FeatureNetwork, classes: number): StepFunction {
  const layout = headLayout(network.featureSize, classes);
  return (inputs) => {
    const { x, parameters, statistics, head, scale, offset } = inputs as Record<'x' | keyof InferenceVectors, Tensor>;
    const seen = scale.size > 0 ? tf.add(tf.mul(x, scale), offset) : x;
    const features = network.infer(parameters, statistics, seen);
    if (!isTensor(features)) {
      const hint = 'compute them with functions of @tensorflow/tfjs-node';
      throw new LifelongError('usage', `features of network ${network.key}: a tensor of tfjs expected, found ${typeof features}`, hint);
    }
    return { logits: applyHead(layout, head, features) };
  };
}

const isTensor = (value: unknown): value is Tensor => value instanceof tf.Tensor;

/** Names of the weights that the vectors consist of. */
export function inferenceWeights(
  { declaration, featureSize }: FeatureNetwork,
  classes: number,
): Readonly<Record<keyof InferenceVectors, string[]>> {
  const names = ({ weights }: NamedWeights) => weights.map(({ name }) => name);
  return {
    parameters: names(declaration.parameters),
    statistics: names(declaration.statistics),
    head: names(headLayout(featureSize, classes)),
    scale: ['normalization.scale'],
    offset: ['normalization.offset'],
  };
}
