import { tf, type Tensor } from './backend.js';

/**
 * Every other pixel, from row and column `offset`: `[n, ceil(h/2), ceil(w/2), c]`; where there is none (odd sizes, offset 1) a zero.
 *
 * A slice of a reshaped view: TensorFlow's strided slice takes twenty times as long on the CPU.
 */
export function subsample(x: Tensor, offset: 0 | 1): Tensor {
  const [n = 0, height = 0, width = 0, channels = 0] = x.shape;
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  // Row pairs on an axis of their own, the two pixels of a column pair side by side.
  const pairs = tf.reshape(padToEven(x), [n * rows, 2, columns, 2 * channels]);
  return tf.reshape(tf.slice(pairs, [0, offset, 0, offset * channels], [n * rows, 1, columns, channels]), [n, rows, columns, channels]);
}

function padToEven(x: Tensor): Tensor {
  const [, height = 0, width = 0] = x.shape;
  if (height % 2 === 0 && width % 2 === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [0, height % 2],
    [0, width % 2],
    [0, 0],
  ]);
}
