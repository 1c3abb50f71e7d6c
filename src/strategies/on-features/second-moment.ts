import { LifelongError } from '../../core/errors.js';
import type { NamedArray } from '../../core/snapshot.js';
import { tf, type Tensor } from '../../nn/backend.js';

/**
 * The sum of h h' over examples, `[M, M]`, at rest: the lower triangle row by row, M (M + 1) / 2 numbers, as the matrix is symmetric.
 */
export interface SecondMoment {
  readonly size: number;
  readonly triangle: Float32Array;
}

export const noSecondMoment = (size: number): SecondMoment => ({ size, triangle: new Float32Array((size * (size + 1)) / 2) });

/** With these rows `[n, M]` more. */
export function addSquares(moment: SecondMoment, rows: Float32Array): SecondMoment {
  if (rows.length === 0) return moment;
  const { size, triangle } = moment;
  const sum = triangle.slice();
  const h = tf.tensor2d(rows, [rows.length / size, size]);
  for (let from = 0, at = 0; from < size; from += strip) {
    const to = Math.min(size, from + strip);
    const products = columnProducts(h, from, to);
    for (let row = from; row < to; row++) {
      for (let i = (row - from) * to, end = i + row; i <= end; i++, at++) sum[at] = (sum[at] as number) + (products[i] as number);
    }
  }
  h.dispose();
  return { size, triangle: sum };
}

/** Rows of the matrix that are computed at once, each only up to the last one's diagonal: of the other half little is computed and nothing kept. */
const strip = 512;

/** h' h of the columns from one to another with all columns up to there, `[to - from, to]`. */
function columnProducts(h: Tensor, from: number, to: number): Float32Array {
  const products = tf.tidy(() => {
    const upTo = tf.slice(h, [0, 0], [-1, to]);
    return tf.matMul(tf.slice(upTo, [0, from], [-1, to - from]), upTo, true, false);
  });
  const values = products.dataSync<'float32'>();
  products.dispose();
  return values;
}

/** The moment of both together; with `times` -1 of the one without the other. */
export function joinMoments({ size, triangle: one }: SecondMoment, { triangle: other }: SecondMoment, times: 1 | -1 = 1): SecondMoment {
  const triangle = new Float32Array(one.length);
  for (let i = 0; i < triangle.length; i++) triangle[i] = (one[i] as number) + times * (other[i] as number);
  return { size, triangle };
}

/** The lower half of the matrix, zeros above it; the caller disposes it. */
export function lowerHalf({ size, triangle }: SecondMoment): Tensor {
  const rows = new Float32Array(size * size);
  for (let row = 0, at = 0; row < size; at += ++row) rows.set(triangle.subarray(at, at + row + 1), row * size);
  return tf.tensor2d(rows, [size, size]);
}

/** The whole matrix; the caller disposes it. */
export function momentTensor(moment: SecondMoment): Tensor {
  const lower = lowerHalf(moment);
  const whole = tf.tidy(() => tf.add(lower, tf.transpose(tf.sub(lower, tf.mul(lower, tf.eye(moment.size))))));
  lower.dispose();
  return whole;
}

export const momentToArrays = ({ triangle }: SecondMoment): Readonly<Record<string, NamedArray>> => ({
  triangle: { shape: [triangle.length], data: triangle },
});

/** @throws LifelongError `run-corrupt` when this is no moment of rows of that length */
export function momentFromArrays({ triangle }: Readonly<Record<string, NamedArray>>, size: number, owner: string): SecondMoment {
  const length = (size * (size + 1)) / 2;
  if (triangle?.data instanceof Float32Array && triangle.data.length === length) return { size, triangle: triangle.data };
  throw new LifelongError('run-corrupt', `${owner}: ${length} numbers expected, found ${triangle?.data.length ?? 'none'}`);
}
