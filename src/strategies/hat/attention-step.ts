import { tf, type Tensor } from '../../nn/backend.js';
import type { StepFunction } from '../../nn/compile/compile.js';
import { applyHead, headLayout } from '../../nn/head.js';
import type { MlpArchitecture } from '../../nn/mlp.js';
import type { Network } from '../../nn/network.js';
import { sgd, type UpdateRule } from '../../nn/optimizer.js';
import { crossEntropy } from '../../nn/primitives.js';
import { inferenceScope } from '../../nn/scope.js';
import type { StepDefinition } from '../../nn/step-cache.js';
import { attend } from './attended-perceptron.js';

/** Attention embeddings stay within this, so that their gradient does not vanish. */
const largestEmbedding = 6;
/** Largest s e in the compensation of the embeddings' gradient. */
const largestExponent = 50;
/** Gradients of embeddings are clipped at this norm; the published value. */
const embeddingClip = 10000;

/** How a task claims units. */
export interface AttentionRule extends UpdateRule {
  /** c: weight of the share of units claimed that no earlier task has. */
  readonly sparsity: number;
  /** s_max */
  readonly sharpness: number;
}

/**
 * One training step of an attended perceptron (Serra et al. 2018, eqs. 2 to 6): `weights [P + head]`, `velocity`, batch `x`, `y`, `learningRate`,
 * `sharpness` (the scalar s of this batch), `used [units in all]` (1 for a unit that an earlier task has claimed) and `trainable [P + head]` in;
 * new `weights`, `velocity` and the `loss` out.
 */
export function attentionStep(network: Network, { units }: MlpArchitecture, classes: number, rule: AttentionRule): StepFunction {
  const head = headLayout(network.featureSize, classes);
  const { declaration } = network;
  const embeddings = units.reduce((sum, width) => sum + width, 0);
  const embeddingRule = { ...rule, weightDecay: 0, clip: embeddingClip };
  return (inputs) => {
    const { weights, velocity, x, y, learningRate, sharpness: s, used, trainable } = inputs as Record<InputName, Tensor>;
    const soft = (embedding: Tensor) => tf.sigmoid(tf.mul(embedding, s));
    const parts = (flat: Tensor) => tf.split(flat, [embeddings, flat.size - embeddings]) as [Tensor, Tensor];
    const lossOf = (flat: Tensor) => {
      const [body, own] = tf.split(flat, [declaration.parameters.size, head.size]) as [Tensor, Tensor];
      const features = attend(inferenceScope(declaration, body, tf.zeros([0])), x, units, soft);
      const free = tf.sub(1, used);
      const claimed = tf.div(tf.sum(tf.mul(soft(parts(flat)[0]), free)), tf.maximum(tf.sum(free), 1));
      return tf.add(crossEntropy(applyHead(head, own, features), y), tf.mul(claimed, rule.sparsity)).asScalar();
    };
    const { value: loss, grad } = tf.valueAndGrad(lossOf)(weights);
    const [[attention, rest], [slowed, gradient]] = [parts(weights), parts(grad)];
    const [[attentionVelocity, restVelocity], [, mask]] = [parts(velocity), parts(trainable)];
    const moved = sgd(rule, rest, restVelocity, tf.mul(gradient, mask), learningRate);
    const claim = sgd(embeddingRule, attention, attentionVelocity, quicken(slowed, attention, s, rule.sharpness), learningRate);
    return {
      weights: tf.concat([
        tf.clipByValue(claim.weights, -largestEmbedding, largestEmbedding),
        tf.where(tf.greater(mask, 0), moved.weights, rest),
      ]),
      velocity: tf.concat([claim.velocity, moved.velocity]),
      loss,
    };
  };
}

/** {@link attentionStep} for a step cache. */
export function attentionDefinition(network: Network, architecture: MlpArchitecture, classes: number, rule: AttentionRule): StepDefinition {
  const key = `attention ${network.key} ${JSON.stringify({ architecture, classes, rule })}`;
  return { key, build: () => attentionStep(network, architecture, classes, rule) };
}

type InputName = 'weights' | 'velocity' | 'x' | 'y' | 'learningRate' | 'sharpness' | 'used' | 'trainable';

/** Makes up for the slope that a steep sigmoid takes from the embeddings' gradient (eq. 6). */
function quicken(gradient: Tensor, embedding: Tensor, s: Tensor, largest: number): Tensor {
  const steep = tf.add(tf.cosh(tf.clipByValue(tf.mul(embedding, s), -largestExponent, largestExponent)), 1);
  return tf.mul(gradient, tf.div(tf.mul(steep, largest), tf.mul(tf.add(tf.cosh(embedding), 1), s)));
}
