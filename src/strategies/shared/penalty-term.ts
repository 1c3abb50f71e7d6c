import { tf, type Tensor } from '../../nn/backend.js';
import type { UpdateRule } from '../../nn/optimizer.js';
import type { StepTerm } from '../../nn/training-step.js';

/**
 * Holds the first L weights by 1/2 sum of importance (w - anchor)^2; `importance`, `anchor [L]` in. A step of SGD on the other losses is followed
 * by the penalty's proximal step w <- (w + k importance anchor) / (1 + k importance), k = learning rate / (1 - momentum): the rate at which momentum
 * adds gradients up (Parikh & Boyd, "Proximal Algorithms", 2014, section 4.2). It is stable for every importance, whereas the penalty's gradient
 * is not once learning rate x importance exceeds 2 (1 + momentum).
 */
export function penaltyTerm({ momentum }: UpdateRule): StepTerm {
  return {
    key: `quadratic penalty ${momentum}`,
    penalty(weights, inputs) {
      const { importance, anchor } = inputs as Record<'importance' | 'anchor', Tensor>;
      const distance = tf.sub(tf.slice(weights, [0], [anchor.size]), anchor);
      return { loss: tf.mul(tf.sum(tf.mul(importance, tf.square(distance))), 0.5) };
    },
    weights({ after }, inputs) {
      const { importance, anchor, learningRate } = inputs as Record<'importance' | 'anchor' | 'learningRate', Tensor>;
      const [held, free] = tf.split(after, [anchor.size, after.size - anchor.size]) as [Tensor, Tensor];
      const pull = tf.mul(importance, tf.div(learningRate, 1 - momentum));
      return tf.concat([tf.div(tf.add(held, tf.mul(pull, anchor)), tf.add(pull, 1)), free]);
    },
  };
}
