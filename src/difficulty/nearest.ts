import { tf } from '../nn/backend.js';
import type { Prototypes } from './prototypes.js';

/** Entries of the product of features and prototypes that are held at a time (16 MB). */
const blockEntries = 4_000_000;

/** Relative to |x| |p|: more than a float32 product of vectors of any usual length is off by. */
const productError = 2e-5;

/**
 * For each group of prototypes the Euclidean distance from every sample to the nearest of them, `[n]` each; Infinity for a group without any.
 *
 * One matrix product gives |p|^2 - 2 x.p, which cancels when x is near p: so it only says which prototypes can be the nearest, and the
 * distances to those are computed again from the differences, in float64. Memory does not grow with the number of prototypes.
 *
 * @param features `[n, D]`
 */
export function nearestDistances(features: Float32Array, size: number, groups: readonly Prototypes[]): Float64Array[] {
  const samples = size > 0 ? features.length / size : 0;
  const distances = groups.map(() => new Float64Array(samples).fill(Infinity));
  const rows = groups.map(({ counts }) => [...counts.keys()].filter((c) => (counts[c] ?? 0) > 0));
  const total = rows.reduce((sum, { length }) => sum + length, 0);
  if (samples === 0 || total === 0) return distances;

  const matrix = new Float32Array(total * size);
  let row = 0;
  groups.forEach(({ means }, g) => rows[g]?.forEach((c) => matrix.set(means.subarray(c * size, (c + 1) * size), row++ * size)));
  const squares = squaredNorms(matrix, size);
  const largest = Math.sqrt(squares.reduce((max, square) => Math.max(max, square), 0));
  const norms = squaredNorms(features, size).map(Math.sqrt);

  const prototypes = tf.tensor2d(matrix, [total, size]);
  const block = Math.max(1, Math.floor(blockEntries / total));
  for (let from = 0; from < samples; from += block) {
    const to = Math.min(samples, from + block);
    const products = tf.tidy(() =>
      tf.matMul(tf.tensor2d(features.subarray(from * size, to * size), [to - from, size]), prototypes, false, true).dataSync<'float32'>(),
    );
    for (let sample = from; sample < to; sample++) {
      const slack = 4 * productError * (norms[sample] ?? 0) * largest;
      let start = (sample - from) * total;
      let first = 0;
      groups.forEach((_, g) => {
        const count = rows[g]?.length ?? 0;
        const scores = { products, start, squares, first, count };
        (distances[g] as Float64Array)[sample] = nearest(scores, slack, (p) => distance(features, sample * size, matrix, p * size, size));
        start += count;
        first += count;
      });
    }
  }
  prototypes.dispose();
  return distances;
}

interface Scores {
  readonly products: Float32Array;
  readonly start: number;
  readonly squares: Float64Array;
  readonly first: number;
  readonly count: number;
}

/** The smallest exact distance among the prototypes whose approximate score is within `slack` of the best. */
function nearest({ products, start, squares, first, count }: Scores, slack: number, exact: (prototype: number) => number): number {
  let best = Infinity;
  for (let k = 0; k < count; k++) best = Math.min(best, (squares[first + k] ?? 0) - 2 * (products[start + k] ?? 0));
  let least = Infinity;
  for (let k = 0; k < count; k++) {
    if ((squares[first + k] ?? 0) - 2 * (products[start + k] ?? 0) <= best + slack) least = Math.min(least, exact(first + k));
  }
  return least;
}

/** Euclidean distance between `a[at..]` and `b[bt..]`, in float64. */
export function distance(a: Float32Array, at: number, b: Float32Array, bt: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const difference = (a[at + i] ?? 0) - (b[bt + i] ?? 0);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

function squaredNorms(matrix: Float32Array, size: number): Float64Array {
  const norms = new Float64Array(matrix.length / size);
  for (let row = 0; row < norms.length; row++) {
    let sum = 0;
    for (let i = row * size, end = i + size; i < end; i++) sum += (matrix[i] ?? 0) ** 2;
    norms[row] = sum;
  }
  return norms;
}
