import { layoutOf, splitWeights, type Layout } from './layout.js';
import { tf, type Tensor } from './backend.js';

/** A task's own linear classifier on features: kernel `[features, classes]` and bias `[classes]` in one flat vector. */
export function headLayout(featureSize: number, classes: number): Layout {
  const initial = { fanIn: featureSize };
  return layoutOf([
    { name: 'head.weight', shape: [featureSize, classes], initial },
    { name: 'head.bias', shape: [classes], initial },
  ]);
}

/** Logits `[n, classes]` of features `[n, featureSize]`. */
export function applyHead(layout: Layout, head: Tensor, features: Tensor): Tensor {
  const weights = splitWeights(layout, head);
  return tf.add(tf.matMul(features, weights.get('head.weight') as Tensor), weights.get('head.bias') as Tensor);
}

/**
 * What an ensemble answers with one head, as logits `[n, classes]`: the logarithm of its members' mean probability, ln (1/K) sum_k softmax(logits_k). Of a single network its
 * logits as they are.
 *
 * @param features `[n, members * featureSize]`
 */
export function applyHeadToMembers(layout: Layout, head: Tensor, features: Tensor, members: number): Tensor {
  if (members === 1) return applyHead(layout, head, features);
  const [featureSize = 0, classes = 0] = layout.weights[0]?.shape ?? [];
  const logits = applyHead(layout, head, tf.reshape(features, [-1, featureSize]));
  const likelihoods = tf.reshape(tf.logSoftmax(logits), [-1, members, classes]);
  return tf.sub(tf.logSumExp(likelihoods, 1), Math.log(members));
}
