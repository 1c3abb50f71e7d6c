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
