import { tf } from '../nn/backend.js';
import type { Prototypes } from './prototypes.js';

type Matrix = ReturnType<typeof tf.tensor2d>;

/** Entries of the product of prototypes and features that are held at a time (8 MB). */
const blockEntries = 2_000_000;

/** More than a float32 product of vectors of any usual length is off by, relative to |x| |p|. */
const productError = 2e-5;

/** More than a float32 sum is off by, relative to its larger part. */
const sumError = 1e-6;

/** Squared distances below this part of |x| |p| have lost too many digits to cancellation. */
const cancelled = 0.1;

/** Closer than this to `sharp`, relative, digits matter. */
const closeTo = 1e-3;

/**
 * For each group of prototypes the Euclidean distance from every sample to the nearest of them, `[n]` each; Infinity for a group without any.
 *
 * One matrix product gives |p|^2 - 2 p.x, and TensorFlow the least of each group. It cancels when x is near p; there, and where a distance is
 * about `sharp` or below, the distances to all prototypes that can be the nearest are computed again from the differences, in float64. Memory
 * for the product is bounded, however many prototypes there are.
 *
 * @param features `[n, D]`
 * @param sharp `[n]`, the distance that each sample's result will be compared with
 */
export function nearestDistances(features: Float32Array, size: number, groups: readonly Prototypes[], sharp: Float64Array): Float64Array[] {
  const samples = sharp.length;
  const distances = groups.map(() => new Float64Array(samples).fill(Infinity));
  const { matrix, spans } = stack(groups, size);
  const total = matrix.length / size;
  if (samples === 0 || total === 0) return distances;

  const squares = squaredNorms(matrix, size);
  const sampleSquares = squaredNorms(features, size);
  const largestSquare = squares.reduce((max, square) => Math.max(max, square), 0);
  const block = Math.max(1, Math.floor(blockEntries / total));
  const norms = tf.tensor2d(Float32Array.from(squares), [total, 1]);
  const doubled = tf.tidy(() => tf.mul<Matrix>(2, tf.tensor2d(matrix, [total, size])));
  for (let from = 0; from < samples; from += block) {
    const rows = Math.min(block, samples - from);
    // Not `tidy(() => ….dataSync())`: tidy walks over every number of an array that is returned from it.
    const parts = tf.tidy(() =>
      tf.sub<Matrix>(
        norms,
        tf.matMul(doubled, tf.tensor2d(features.subarray(from * size, (from + rows) * size), [rows, size]), false, true),
      ),
    );
    const least = leastOfEach(parts, spans, rows);
    const leastParts = least.dataSync<'float32'>();
    let allParts: Float32Array | undefined;
    spans.forEach(({ group, start, count }, g) => {
      const nearest = distances[group] as Float64Array;
      for (let row = 0; row < rows; row++) {
        const sample = from + row;
        const square = sampleSquares[sample] as number;
        const scale = Math.sqrt(square * largestSquare);
        const best = leastParts[g * rows + row] as number;
        if (best + square >= Math.max(cancelled * scale, ((1 + closeTo) * (sharp[sample] as number)) ** 2)) {
          nearest[sample] = Math.sqrt(best + square);
          continue;
        }
        allParts ??= parts.dataSync<'float32'>();
        const limit = best + 4 * (productError * scale + sumError * largestSquare);
        for (let k = start; k < start + count; k++) {
          if ((allParts[k * rows + row] as number) > limit) continue;
          nearest[sample] = Math.min(nearest[sample] as number, distance(features, sample * size, matrix, k * size, size));
        }
      }
    });
    tf.dispose([parts, least]);
  }
  tf.dispose([norms, doubled]);
  return distances;
}

/** The rows of the stacked matrix that are a group's prototypes. */
interface Span {
  readonly group: number;
  readonly start: number;
  readonly count: number;
}

/** The prototypes of all classes that have samples, one under the other, groups of one size together. Groups without any are left out. */
function stack(groups: readonly Prototypes[], size: number): { matrix: Float32Array; spans: Span[] } {
  const present = groups
    .map(({ counts, means }, group) => ({ group, means, classes: [...counts.keys()].filter((c) => (counts[c] ?? 0) > 0) }))
    .filter(({ classes }) => classes.length > 0)
    .sort((a, b) => a.classes.length - b.classes.length);
  const matrix = new Float32Array(size * present.reduce((sum, { classes }) => sum + classes.length, 0));
  let end = 0;
  const spans = present.map(({ group, means, classes }): Span => {
    const start = end;
    for (const c of classes) matrix.set(means.subarray(c * size, (c + 1) * size), size * end++);
    return { group, start, count: classes.length };
  });
  return { matrix, spans };
}

/** The least of each span's rows. @param parts `[rows of all spans, n]` @returns `[spans, n]` */
function leastOfEach(parts: Matrix, spans: readonly Span[], n: number): Matrix {
  return tf.tidy(() => {
    const least: Matrix[] = [];
    for (let from = 0, to = 0; from < spans.length; from = to) {
      const { start, count } = spans[from] as Span;
      while (spans[to]?.count === count) to++;
      const alike = tf.slice(parts, [start, 0], [(to - from) * count, n]);
      least.push(tf.min<Matrix>(tf.reshape(alike, [to - from, count, n]), 1));
    }
    return tf.concat(least);
  });
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
    for (let i = row * size, end = i + size; i < end; i++) sum += (matrix[i] as number) * (matrix[i] as number);
    norms[row] = sum;
  }
  return norms;
}
