import { tf, type Tensor } from '../../nn/backend.js';
import type { Objective } from '../on-features/lbfgs.js';
import { routerBound, routerPass, routerUnits } from './router.js';

/** Rows that a router learns from. */
export interface RoutedRows {
  /** `[n, D]`, as a router takes them */
  readonly x: Tensor;
  /** `[n, k]`: 1 where a row is of the task */
  readonly y: Tensor;
  /** `[n, 1]`: what a row counts; 1 in sum */
  readonly share: Tensor;
}

/**
 * The loss of a router with the gradient of its weights: binary cross-entropy of each gate, added up over tasks, so that a gate is drawn to 1 for its own task and to 0 for others (the released code draws
 * all to 0.5), and half the weight decay times the squares of both maps.
 */
export function routerLoss({ x, y, share }: RoutedRows, weightDecay: number): Objective {
  const [, size = 0] = x.shape;
  const [, tasks = 0] = y.shape;
  const first = size * routerUnits;
  const second = first + routerUnits;
  const decays = (i: number) => i < first || (i >= second && i < second + routerUnits * tasks);
  return (weights) => {
    const result = tf.tidy(() => {
      const { inner, hidden, outer, logits, map } = routerPass(x, new Float32Array(weights), tasks);
      const loss = tf.sum(tf.mul(share, tf.sub(tf.softplus(logits), tf.mul(y, logits))));
      const within = tf.cast(tf.less(tf.abs(outer), routerBound), 'float32');
      const ofOuter = tf.mul(tf.mul(share, tf.sub(tf.sigmoid(logits), y)), within);
      const active = tf.cast(tf.logicalAnd(tf.greater(inner, 0), tf.less(inner, routerBound)), 'float32');
      const ofInner = tf.mul(tf.matMul(ofOuter, map, false, true), active);
      const parts = [
        loss,
        tf.matMul(x, ofInner, true, false),
        tf.sum(ofInner, 0),
        tf.matMul(hidden, ofOuter, true, false),
        tf.sum(ofOuter, 0),
      ];
      return tf.concat(parts.map((part) => tf.reshape(part, [-1])));
    });
    const values = result.dataSync<'float32'>();
    result.dispose();
    let squares = 0;
    const gradient = Float64Array.from(values.subarray(1), (value, i) => {
      const weight = decays(i) ? (weights[i] as number) : 0;
      squares += weight * weight;
      return value + weightDecay * weight;
    });
    return { value: (values[0] ?? NaN) + (weightDecay / 2) * squares, gradient };
  };
}
