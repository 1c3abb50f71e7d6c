import type { TaskRef } from '../core/task.js';
import { tf, type Tensor } from '../nn/backend.js';
import type { StepFunction } from '../nn/compile/compile.js';
import { applyHead, headLayout } from '../nn/head.js';
import type { Network } from '../nn/network.js';
import type { TaskNetwork } from '../strategies/strategy.js';

/** The flat vectors that a task's answers depend on, in the order in which a trace takes them. */
export interface AnswerVectors {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly head: Float32Array;
  /** A network sees x scale + offset; both empty where inputs are not normalized. */
  readonly scale: Float32Array;
  readonly offset: Float32Array;
}

/** The vectors of a task; normalization has the roundings that it has in training. */
export function answerVectors({ parameters, statistics, head }: TaskNetwork, { normalization }: TaskRef): AnswerVectors {
  const scale = Float32Array.from(normalization?.std ?? [], (value) => 1 / value);
  const offset = Float32Array.from(normalization?.mean ?? [], (value, c) => -value * (scale[c] ?? 1));
  return { parameters, statistics, head, scale, offset };
}

/** From raw inputs `x` `[n, ...inputShape]` and {@link AnswerVectors} to `logits` `[n, classes]`: normalization, network, head. */
export function answerStep(network: Network, classes: number): StepFunction {
  const layout = headLayout(network.featureSize, classes);
  return (inputs) => {
    const { x, parameters, statistics, head, scale, offset } = inputs as Record<'x' | keyof AnswerVectors, Tensor>;
    const seen = scale.size > 0 ? tf.add(tf.mul(x, scale), offset) : x;
    return { logits: applyHead(layout, head, network.infer(parameters, statistics, seen)) };
  };
}

/** Names of the weights that the vectors consist of. */
export function answerWeights({ declaration, featureSize }: Network, classes: number): Readonly<Record<keyof AnswerVectors, string[]>> {
  const names = ({ weights }: typeof declaration.parameters) => weights.map(({ name }) => name);
  return {
    parameters: names(declaration.parameters),
    statistics: names(declaration.statistics),
    head: names(headLayout(featureSize, classes)),
    scale: ['normalization.scale'],
    offset: ['normalization.offset'],
  };
}
