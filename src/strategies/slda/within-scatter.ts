import { tf, type Tensor } from '../../nn/backend.js';
import type { Totals } from '../on-features/method.js';
import { momentTensor, type SecondMoment } from '../on-features/second-moment.js';

/**
 * The mean of (x - mu)(x - mu)' over the examples of these sums, mu the given mean of an example's class: `[D, D]`, which the caller disposes.
 *
 * @param means `[C, D]`, of these or of other examples of the classes
 */
export function withinScatter(
  { classes: { size, names, sums, counts }, moment }: { readonly classes: Totals['classes']; readonly moment: SecondMoment },
  means: Float32Array,
): Tensor {
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
  const squares = momentTensor(moment);
  const scatter = tf.tidy(() => {
    const shape: [number, number] = [names.length, size];
    const mu = tf.tensor2d(means, shape);
    const s = tf.tensor2d(sums, shape);
    const n = tf.tensor2d(Float32Array.from(counts), [names.length, 1]);
    const cross = tf.matMul(tf.sub(tf.mul(mu, n), tf.mul(s, 2)), mu, true, false); // n mu mu' - 2 s mu'
    const symmetric = tf.div(tf.add(cross, tf.transpose(cross)), 2);
    return tf.div(tf.add(squares, symmetric), total);
  });
  squares.dispose();
  return scatter;
}
