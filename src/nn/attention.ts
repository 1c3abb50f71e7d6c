import { tf, type Tensor } from './backend.js';
import type { StepFunction } from './compile/compile.js';
import { applyHead, headLayout } from './head.js';
import { flatten, linear, type MlpArchitecture } from './mlp.js';
import type { Network } from './network.js';
import { sgd, type UpdateRule } from './optimizer.js';
import { crossEntropy, relu } from './primitives.js';
import { declare, inferenceScope, type Scope } from './scope.js';

/** Attention embeddings stay within this, so that their gradient does not vanish. */
const largestEmbedding = 6;
/** Largest s e in the compensation of the embeddings' gradient. */
const largestExponent = 50;
/** Gradients of embeddings are clipped at this norm; the published value. */
const embeddingClip = 10000;

/**
 * A perceptron whose hidden units a task may claim or leave (Serra et al. 2018): a unit counts with attention 1 where its embedding is above 0, and
 * with 0 elsewhere. The embeddings `attention.0`, `attention.1`, … come first among its parameters. Attention in between is for training only:
 * {@link attentionStep}.
 */
export function attendedMlp({ inputShape, units }: MlpArchitecture): Network {
  const hard = (embedding: Tensor) => tf.cast(tf.greater(embedding, 0), 'float32');
  const forward = (scope: Scope, x: Tensor) => attend(scope, x, units, hard);
  const declaration = declare(forward, inputShape);
  const infer = (parameters: Tensor, statistics: Tensor, x: Tensor) => forward(inferenceScope(declaration, parameters, statistics), x);
  return {
    key: `attended mlp ${JSON.stringify({ inputShape, units })}`,
    declaration,
    featureSize: units.at(-1) ?? 0,
    infer,
    train: (parameters, statistics, x) => ({ features: infer(parameters, statistics, x), newStatistics: () => statistics }),
  };
}

function attend(scope: Scope, x: Tensor, units: readonly number[], attention: (embedding: Tensor) => Tensor): Tensor {
  const masks = units.map((width, layer) => attention(scope.weight(`attention.${layer}`, [width], { fanIn: 1 })));
  return units.reduce((hidden, width, layer) => tf.mul(relu(linear(scope, hidden, layer, width)), masks[layer] as Tensor), flatten(x));
}

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

type InputName = 'weights' | 'velocity' | 'x' | 'y' | 'learningRate' | 'sharpness' | 'used' | 'trainable';

/** Makes up for the slope that a steep sigmoid takes from the embeddings' gradient (eq. 6). */
function quicken(gradient: Tensor, embedding: Tensor, s: Tensor, largest: number): Tensor {
  const steep = tf.add(tf.cosh(tf.clipByValue(tf.mul(embedding, s), -largestExponent, largestExponent)), 1);
  return tf.mul(gradient, tf.div(tf.mul(steep, largest), tf.mul(tf.add(tf.cosh(embedding), 1), s)));
}
