import { tf, type Tensor } from './backend.js';

/** What one update of the weights depends on besides the learning rate. */
export interface UpdateRule {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Largest gradient norm; longer gradients are scaled down to it. */
  readonly clip: number;
}

/**
 * One step of SGD with momentum on a flat vector, in PyTorch's order: clip the gradient, add weight decay, then
 * v <- momentum v + g, w <- w - lr v.
 */
export function sgd(rule: UpdateRule, weights: Tensor, velocity: Tensor, gradient: Tensor, learningRate: Tensor) {
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  const clipped = tf.mul(gradient, tf.minimum(1, tf.div(rule.clip, tf.add(norm, 1e-6))));
  const newVelocity = tf.add(tf.mul(velocity, rule.momentum), tf.add(clipped, tf.mul(weights, rule.weightDecay)));
  return { weights: tf.sub(weights, tf.mul(newVelocity, learningRate)), velocity: newVelocity, gradientNorm: norm };
}
