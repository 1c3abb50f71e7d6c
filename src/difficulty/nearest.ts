import { tf } from '../nn/backend.js';
import type { Prototypes } from './prototypes.js';

/** Entries of the product of features and prototypes that are held at a time (8 MB). */
const blockEntries = 2_000_000;

/** More than a float32 product of vectors of any usual length is off by, relative to |x| |p|. */
const productError = 2e-5;

/** Squared distances below this part of |x| |p| have lost too many digits to cancellation. */
const cancelled = 0.1;

/** Closer than this to `sharp`, relative, digits matter. */
const closeTo = 1e-3;

/**
 * For each group of prototypes the Euclidean distance from every sample to the nearest of them, `[n]` each; Infinity for a group without any.
 *
 * One matrix product gives |p|^2 - 2 x.p. It cancels when x is near p; there, and where a distance is about `sharp` or below, the distances to
 * all prototypes that can be the nearest are computed again from the differences, in float64. Memory for the product is bounded, however
 * many prototypes there are.
 *
 * @param features `[n, D]`
 * @param sharp `[n]`, the distance that each sample's result will be compared with
 */
export function nearestDistances(features: Float32Array, size: number, groups: readonly Prototypes[], sharp: Float64Array): Float64Array[] {
  const samples = sharp.length;
  const distances = groups.map(() => new Float64Array(samples).fill(Infinity));
  const { matrix, ends } = stack(groups, size);
  const total = ends.at(-1) ?? 0;
  if (samples === 0 || total === 0) return distances;

  const squares = squaredNorms(matrix, size);
  const sampleSquares = squaredNorms(features, size);
  const largest = Math.sqrt(squares.reduce((max, square) => Math.max(max, square), 0));
  const block = Math.max(1, Math.floor(blockEntries / total));
  const prototypes = tf.tensor2d(matrix, [total, size]);
  for (let from = 0; from < samples; from += block) {
    const rows = Math.min(block, samples - from);
    // Not `tidy(() => ….dataSync())`: tidy walks over every number of an array that is returned from it.
    const product = tf.tidy(() =>
      tf.matMul(tf.tensor2d(features.subarray(from * size, (from + rows) * size), [rows, size]), prototypes, false, true),
    );
    const products = product.dataSync<'float32'>();
    product.dispose();
    for (let row = 0; row < rows; row++) {
      const sample = from + row;
      const square = sampleSquares[sample] as number;
      const scale = Math.sqrt(square) * largest;
      const exactBelow = Math.max(cancelled * scale, ((1 + closeTo) * (sharp[sample] as number)) ** 2);
      let first = 0;
      const start = row * total;
      for (let g = 0; g < ends.length; g++) {
        const end = ends[g] as number;
        let best = Infinity;
        for (let k = first; k < end; k++) {
          const part = (squares[k] as number) - 2 * (products[start + k] as number);
          if (part < best) best = part;
        }
        let nearest = Math.sqrt(best + square);
        if (best + square < exactBelow) {
          const limit = best + 4 * productError * scale;
          nearest = Infinity;
          for (let k = first; k < end; k++) {
            if ((squares[k] as number) - 2 * (products[start + k] as number) > limit) continue;
            nearest = Math.min(nearest, distance(features, sample * size, matrix, k * size, size));
          }
        }
        (distances[g] as Float64Array)[sample] = nearest;
        first = end;
      }
    }
  }
  prototypes.dispose();
  return distances;
}

/** The prototypes of all classes that have samples, one under the other, and where each group ends. */
function stack(groups: readonly Prototypes[], size: number): { matrix: Float32Array; ends: number[] } {
  const rows = groups.flatMap(({ means, counts }) =>
    [...counts.keys()].filter((c) => (counts[c] ?? 0) > 0).map((c) => means.subarray(c * size, (c + 1) * size)),
  );
  const matrix = new Float32Array(rows.length * size);
  rows.forEach((row, i) => {
    matrix.set(row, i * size);
  });
  let end = 0;
  const ends = groups.map(({ counts }) => (end += counts.reduce((present, count) => present + (count > 0 ? 1 : 0), 0)));
  return { matrix, ends };
}

/** Euclidean distance between `a[at..]` and `b[bt..]`, in float64. */
export function distance(a: Float32Array, at: number, b: Float32Array, bt: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const difference = (a[at + i] as number) - (b[bt + i] as number);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

function squaredNorms(matrix: Float32Array, size: number): Float64Array {
  const norms = new Float64Array(matrix.length / size);
  for (let row = 0; row < norms.length; row++) {
    let sum = 0;
    for (let i = row * size, end = i + size; i < end; i++) sum += (matrix[i] as number) ** 2;
    norms[row] = sum;
  }
  return norms;
}
