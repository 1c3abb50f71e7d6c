import { tf, type Tensor } from './backend.js';
import type { Optimizer } from './optimizer-names.js';

/** What one update of the weights depends on besides the learning rate. */
export interface UpdateRule {
  /** SGD where nothing is said. */
  readonly optimizer?: Optimizer;
  /** Of AdamW the decay of the first moment, beta 1. */
  readonly momentum: number;
  readonly weightDecay: number;
  /** Largest gradient norm; longer gradients are scaled down to it. */
  readonly clip: number;
}

/** Numbers that the optimizer keeps between steps of `size` weights: SGD a velocity for each; AdamW two moments for each, and how many updates there were. */
export const optimizerStateSize = ({ optimizer = 'sgd' }: Pick<UpdateRule, 'optimizer'>, size: number): number =>
  optimizer === 'sgd' ? size : 2 * size + 1;

/**
 * One step on a flat vector `weights [P]` by the rule's optimizer; `velocity` is what it keeps ({@link optimizerStateSize}), 0 before the first step.
 * The gradient is clipped first.
 */
export function updated(rule: UpdateRule, weights: Tensor, velocity: Tensor, gradient: Tensor, learningRate: Tensor) {
  return (rule.optimizer === 'adamw' ? adamw : sgd)(rule, weights, velocity, gradient, learningRate);
}

/**
 * One step of SGD with momentum on a flat vector, in PyTorch's order: clip the gradient, add weight decay, then
 * v <- momentum v + g, w <- w - lr v.
 */
export function sgd(rule: UpdateRule, weights: Tensor, velocity: Tensor, gradient: Tensor, learningRate: Tensor) {
  const { clipped, norm } = clip(rule, gradient);
  const newVelocity = tf.add(tf.mul(velocity, rule.momentum), tf.add(clipped, tf.mul(weights, rule.weightDecay)));
  return { weights: tf.sub(weights, tf.mul(newVelocity, learningRate)), velocity: newVelocity, gradientNorm: norm };
}

/** Decay of AdamW's second moment, and what keeps its step finite, as published and as PyTorch has them. */
const [secondDecay, epsilon] = [0.999, 1e-8];

/** One step of AdamW (Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019), `velocity [2P + 1]` first moments, second moments and the number of updates: weight decay pulls by lr x decay x w, whatever the moments are. */
function adamw(rule: UpdateRule, weights: Tensor, velocity: Tensor, gradient: Tensor, learningRate: Tensor) {
  const { clipped, norm } = clip(rule, gradient);
  const [first, second, count] = tf.split(velocity, [weights.size, weights.size, 1]) as [Tensor, Tensor, Tensor];
  const newFirst = tf.add(tf.mul(first, rule.momentum), tf.mul(clipped, 1 - rule.momentum));
  const newSecond = tf.add(tf.mul(second, secondDecay), tf.mul(tf.square(clipped), 1 - secondDecay));
  const updates = tf.add(count, 1);
  const direction = tf.div(
    tf.div(newFirst, seen(rule.momentum, updates)),
    tf.add(tf.sqrt(tf.div(newSecond, seen(secondDecay, updates))), epsilon),
  );
  const step = tf.add(direction, tf.mul(weights, rule.weightDecay));
  return {
    weights: tf.sub(weights, tf.mul(step, learningRate)),
    velocity: tf.concat([newFirst, newSecond, updates]),
    gradientNorm: norm,
  };
}

/** 1 - decay^updates: what share of a moving average that began at 0 is of what was averaged. */
const seen = (decay: number, updates: Tensor): Tensor =>
  decay === 0 ? tf.onesLike(updates) : tf.sub(1, tf.exp(tf.mul(updates, Math.log(decay))));

function clip({ clip: longest }: UpdateRule, gradient: Tensor) {
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  return { clipped: tf.mul(gradient, tf.minimum(1, tf.div(longest, tf.add(norm, 1e-6)))), norm };
}
