import { tf, type Tensor } from '../../nn/backend.js';
import type { StepTerm } from '../../nn/training-step.js';

/** Adds 1/2 sum of importance (w - anchor)^2 over the first L weights; `importance`, `anchor [L]` in. */
export const penaltyTerm: StepTerm = {
  key: 'quadratic penalty',
  penalty(weights, { importance, anchor }) {
    const [scale, center] = [importance as Tensor, anchor as Tensor];
    const distance = tf.sub(tf.slice(weights, [0], [center.size]), center);
    const pull = tf.mul(scale, distance);
    return { loss: tf.mul(tf.sum(tf.mul(pull, distance)), 0.5), gradient: tf.pad(pull, [[0, weights.size - center.size]]) };
  },
};
