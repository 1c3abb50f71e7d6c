import { LifelongError } from '../core/errors.js';
import type { FeatureNetwork, NamedWeights } from '../core/feature-network.js';
import type { NamedArray } from '../core/snapshot.js';
import type { TaskRef } from '../core/task.js';
import { tf, type Tensor } from '../nn/backend.js';
import type { StepFunction } from '../nn/compile/compile.js';
import { frozenInput, frozenTensors } from '../nn/frozen-tensors.js';
import { applyHeadToMembers, headLayout } from '../nn/head.js';
import type { TaskNetwork } from '../strategies/strategy.js';

/** The flat vectors that a task's logits depend on, in the order in which a trace takes them. */
interface InferenceVectors {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly head: Float32Array;
  /** A network sees x scale + offset; both empty where inputs are not normalized. */
  readonly scale: Float32Array;
  readonly offset: Float32Array;
}

/**
 * What a task's logits depend on besides the example, in the order in which a trace takes it: {@link InferenceVectors}, then the frozen weights that
 * its network stands on. Normalization has the roundings that it has in training.
 */
export function inferenceInputs(
  { network, parameters, statistics, head }: TaskNetwork,
  { normalization }: TaskRef,
): Readonly<Record<string, NamedArray>> {
  const scale = Float32Array.from(normalization?.std ?? [], (value) => 1 / value);
  const offset = Float32Array.from(normalization?.mean ?? [], (value, c) => -value * (scale[c] ?? 1));
  const vectors: InferenceVectors = { parameters, statistics, head, scale, offset };
  const frozen = Object.entries(network.frozen?.arrays ?? {}).map(([name, array]) => [frozenInput(name), array] as const);
  const flat = Object.entries(vectors).map(([name, data]: [string, Float32Array]) => [name, { shape: [data.length], data }] as const);
  return Object.fromEntries([...flat, ...frozen]);
}

/**
 * From raw inputs `x` `[n, ...input.shape]`, {@link InferenceVectors} and the network's frozen weights to `logits` `[n, classes]`: normalization,
 * network, head. The step throws LifelongError `usage` where a strategy's network gives something else than a tensor.
 */
export function inferenceStep(network: FeatureNetwork, classes: number): StepFunction {
  const layout = headLayout(network.featureSize, classes);
  return (inputs) => {
    const { x, parameters, statistics, head, scale, offset } = inputs as Record<'x' | keyof InferenceVectors, Tensor>;
    const seen = scale.size > 0 ? tf.add(tf.mul(x, scale), offset) : x;
    const features = network.infer(parameters, statistics, frozenTensors(network.frozen, inputs), seen);
    if (!isTensor(features)) {
      const hint = 'compute them with functions of @tensorflow/tfjs-node';
      throw new LifelongError('usage', `features of network ${network.key}: a tensor of tfjs expected, found ${typeof features}`, hint);
    }
    return { logits: applyHeadToMembers(layout, head, features, network.members ?? 1) };
  };
}

const isTensor = (value: unknown): value is Tensor => value instanceof tf.Tensor;

/** Names of the weights that each of {@link inferenceInputs} consists of; a frozen weight that is split has more parts than names. */
export function inferenceWeights({ declaration, featureSize, frozen }: FeatureNetwork, classes: number): readonly (readonly string[])[] {
  const names = ({ weights }: NamedWeights) => weights.map(({ name }) => name);
  const vectors: Readonly<Record<keyof InferenceVectors, string[]>> = {
    parameters: names(declaration.parameters),
    statistics: names(declaration.statistics),
    head: names(headLayout(featureSize, classes)),
    scale: ['normalization.scale'],
    offset: ['normalization.offset'],
  };
  // What else such a name has in it, a graph model may take for its own signs.
  const plain = (name: string) => `frozen/${name.replaceAll(/[^\w./-]/g, '_')}`;
  return [...Object.values(vectors), ...Object.keys(frozen?.arrays ?? {}).map((name) => [plain(name)])];
}
