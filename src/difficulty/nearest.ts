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
 * Calls `visit` with the squared Euclidean distances from samples to the nearest prototype of a group, for all samples and groups, some samples at a
 * time. Nothing is said of a group without prototypes.
 *
 * One matrix product gives p.x - |p|^2 / 2, the square as one more column of each factor, and TensorFlow the largest of each group. It cancels when
 * x is near p; there, and where a distance is about `sharp` or below, the distances to all prototypes that can be the nearest are computed again
 * from the differences, in float64. Memory is bounded, however many prototypes there are.
 *
 * @param features `[n, D]`
 * @param sharp `[n]`, the squared distance that each sample's result will be compared with
 * @param visit is given the group, the first sample and its and the next samples' squares; the array is used again
 */
export function nearestSquares(
  features: Float32Array,
  size: number,
  groups: readonly Prototypes[],
  sharp: Float64Array,
  visit: (group: number, first: number, squares: Float64Array) => void,
): void {
  const samples = sharp.length;
  const { rows: prototypes, spans, largestSquare } = stack(groups, size);
  const total = prototypes.length / (size + 1);
  if (samples === 0 || total === 0) return;

  const { rows: questions, squares } = ask(features, size);
  const scales = squares.map((square) => Math.sqrt(square * largestSquare));
  const exactFrom = sharp.map((square, sample) => Math.max(cancelled * (scales[sample] as number), (1 + closeTo) ** 2 * square));
  const block = Math.max(1, Math.floor(blockEntries / total));
  const factor = tf.tensor2d(prototypes, [total, size + 1]);
  for (let first = 0; first < samples; first += block) {
    const count = Math.min(block, samples - first);
    // Not `tidy(() => ….dataSync())`: tidy walks over every number of an array that is returned from it.
    const parts = tf.tidy(() => {
      const asked = tf.tensor2d(questions.subarray(first * (size + 1), (first + count) * (size + 1)), [count, size + 1]);
      return tf.matMul<Matrix>(factor, asked, false, true);
    });
    const best = bestOfEach(parts, spans, count);
    const bestParts = best.dataSync<'float32'>();
    let allParts: Float32Array | undefined;
    const nearest = new Float64Array(count);
    spans.forEach(({ group, start, end }, g) => {
      for (let i = 0, sample = first; i < count; i++, sample++) {
        const part = bestParts[g * count + i] as number;
        const square = (squares[sample] as number) - 2 * part;
        nearest[i] = square;
        if (square >= (exactFrom[sample] as number)) continue;
        allParts ??= parts.dataSync<'float32'>();
        const limit = part - 2 * (productError * (scales[sample] as number) + sumError * largestSquare);
        let least = Infinity;
        for (let k = start; k < end; k++) {
          if ((allParts[k * count + i] as number) < limit) continue;
          least = Math.min(least, squaredDistance(features, sample * size, prototypes, k * (size + 1), size));
        }
        nearest[i] = least;
      }
      visit(group, first, nearest);
    });
    tf.dispose([parts, best]);
  }
  factor.dispose();
}

/** The rows of the stacked matrix that are a group's prototypes. */
interface Span {
  readonly group: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The prototypes of all classes that have samples, one under the other, groups of one size together. Groups without any are left out.
 *
 * @returns rows (p, -|p|^2 / 2), `[all, D + 1]`
 */
function stack(groups: readonly Prototypes[], size: number): { rows: Float32Array; spans: Span[]; largestSquare: number } {
  const present = groups
    .map((known, group) => ({
      ...known,
      group,
      squares: squaresOf(known),
      classes: [...known.counts.keys()].filter((c) => (known.counts[c] ?? 0) > 0),
    }))
    .filter(({ classes }) => classes.length > 0)
    .sort((a, b) => a.classes.length - b.classes.length);
  const rows = new Float32Array((size + 1) * present.reduce((sum, { classes }) => sum + classes.length, 0));
  let [end, largestSquare] = [0, 0];
  const spans = present.map(({ group, means, squares, classes }): Span => {
    const start = end;
    for (const c of classes) {
      const at = (size + 1) * end++;
      const square = squares[c] as number;
      rows.set(means.subarray(c * size, (c + 1) * size), at);
      rows[at + size] = -square / 2;
      largestSquare = Math.max(largestSquare, square);
    }
    return { group, start, end };
  });
  return { rows, spans, largestSquare };
}

/** |p|^2 of every prototype of a task, which is asked for with every later task. */
function squaresOf(known: Prototypes): Float64Array {
  let squares = knownSquares.get(known);
  if (!squares) {
    squares = Float64Array.from({ length: known.classes }, (_, c) => squaredNorm(known.means, c * known.size, known.size));
    knownSquares.set(known, squares);
  }
  return squares;
}

const knownSquares = new WeakMap<Prototypes, Float64Array>();

/** What a row of {@link stack} is multiplied by: (x, 1) of every sample, `[n, D + 1]`; with |x|^2, `[n]`. */
function ask(features: Float32Array, size: number): { rows: Float32Array; squares: Float64Array } {
  const squares = new Float64Array(features.length / size);
  const rows = new Float32Array(squares.length * (size + 1));
  for (let sample = 0; sample < squares.length; sample++) {
    squares[sample] = squaredNorm(features, sample * size, size);
    rows.set(features.subarray(sample * size, (sample + 1) * size), sample * (size + 1));
    rows[sample * (size + 1) + size] = 1;
  }
  return { rows, squares };
}

/** The largest of each span's rows. @param parts `[rows of all spans, n]` @returns `[spans, n]` */
function bestOfEach(parts: Matrix, spans: readonly Span[], n: number): Matrix {
  const count = (span: Span | undefined) => (span ? span.end - span.start : 0);
  return tf.tidy(() => {
    const best: Matrix[] = [];
    for (let from = 0, to = 0; from < spans.length; from = to) {
      const first = spans[from] as Span;
      while (count(spans[to]) === count(first)) to++;
      const alike = tf.slice(parts, [first.start, 0], [(to - from) * count(first), n]);
      best.push(tf.max<Matrix>(tf.reshape(alike, [to - from, count(first), n]), 1));
    }
    return tf.concat(best);
  });
}

/** Squared Euclidean distance between `a[at..]` and `b[bt..]`, in float64. */
export function squaredDistance(a: Float32Array, at: number, b: Float32Array, bt: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const difference = (a[at + i] as number) - (b[bt + i] as number);
    sum += difference * difference;
  }
  return sum;
}

function squaredNorm(vectors: Float32Array, at: number, size: number): number {
  let sum = 0;
  for (let i = at, end = at + size; i < end; i++) sum += (vectors[i] as number) * (vectors[i] as number);
  return sum;
}
