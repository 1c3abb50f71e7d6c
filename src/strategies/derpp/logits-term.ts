import { tf, type Tensor } from '../../nn/backend.js';
import type { StepTerm } from '../../nn/training-step.js';

/** Adds the sum of errorWeight (logits - target)^2; `target`, `errorWeight [n, C]` in. */
export const logitsTerm: StepTerm = {
  key: 'kept logits',
  losses: ({ all }, { target, errorWeight }) => [tf.sum(tf.mul(errorWeight as Tensor, tf.square(tf.sub(all, target as Tensor))))],
};
