import { tf } from '../../nn/backend.js';

/** Rows `[n, C]` with a 1 at each label; for one class too, which tfjs's own refuses. */
export function oneHot(labels: Int32Array, classes: number) {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (rows[i * classes + label] = 1));
  return tf.tensor2d(rows, [labels.length, classes]);
}
