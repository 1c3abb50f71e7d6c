import { tf, type Tensor } from '../../nn/backend.js';
import type { StepTerm } from '../../nn/training-step.js';

/** Leaves weights exactly as they are where `trainable [P + heads]` is 0; it is 1 for the others. */
export const trainableTerm: StepTerm = {
  key: 'trainable',
  gradient: (gradient, { trainable }) => tf.mul(gradient, trainable as Tensor),
  weights: ({ before, after }, { trainable }) => tf.where(tf.greater(trainable as Tensor, 0), after, before),
};
