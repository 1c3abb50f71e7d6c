import { tf, type Tensor } from '../../nn/backend.js';
import type { StepTerm } from '../../nn/training-step.js';

/** Adds up, over the steps, minus the gradient of the task's loss times the change of the first P weights: `path [P]` in, its new value out. */
export const pathTerm: StepTerm = {
  key: 'path integral',
  carried({ gradient, before, after }, inputs) {
    const path = inputs['path'] as Tensor;
    const first = (vector: Tensor) => tf.slice(vector, [0], [path.size]);
    return { path: tf.sub(path, tf.mul(first(gradient), tf.sub(first(after), first(before)))) };
  },
};
