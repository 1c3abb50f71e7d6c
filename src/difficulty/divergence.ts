import { LifelongError } from '../core/errors.js';
import { meanLogarithms } from './mean-logarithms.js';
import { nearestSquares, squaredDistance } from './nearest.js';
import type { Prototypes } from './prototypes.js';

/** How far a new task is from an old one. */
export interface Divergence {
  /** d_c of every class of the new task, before it is cut at 0. */
  readonly perClass: readonly number[];
  /** s, what `perClass` adds up to. */
  readonly sum: number;
  /** D in [0, 1]: 0 for the same task. */
  readonly divergence: number;
}

export interface DivergenceOptions {
  /** What s = 0 means: `repaired`, the same task (D = 0); `published`, D = 1, as the published code has it. */
  readonly zeroDivergence: 'repaired' | 'published';
}

/**
 * A way to measure how far a new task is from earlier ones: at least 0, 0 from itself, independent of the order of classes.
 *
 * @param features validation features of the new task, `[n, D]`
 * @param labels their classes, `[n]`
 * @param own prototypes of the same samples
 * @param others prototypes of the earlier tasks
 */
export type Estimator = (
  features: Float32Array,
  labels: Int32Array,
  own: Prototypes,
  others: readonly Prototypes[],
  options: DivergenceOptions,
) => Divergence[];

/** Distances below this part of the usual within-class distance count as this part: it keeps logarithms finite and far from all else. */
const smallestDistance = 1e-6;

/**
 * Nearest-prototype divergence of a task from each of several earlier ones (PAR section 2):
 *
 *     d_c = mean over the samples x of class c of ln( min_c' |x - mu_{i,c'}| / |x - mu_{t,c}| )
 *     s = sum_c max(0, d_c),   D = min(s, 1 - exp(-2 s))
 *
 * Where the formula divides by nothing: a class whose samples all lie on their prototype (a single sample, or duplicates) takes the mean
 * within-class distance of its task's other classes; a class without samples counts for nothing. All results are finite.
 *
 * @param features validation features of the task, `[n, D]`
 * @param labels their classes, `[n]`
 * @param own prototypes of the same samples
 * @throws LifelongError `data` when the feature lengths differ
 */
export function divergences(
  features: Float32Array,
  labels: Int32Array,
  own: Prototypes,
  others: readonly Prototypes[],
  options: DivergenceOptions,
): Divergence[] {
  checkSizes(own, others);
  const within = ownDistances(features, labels, own);
  const logarithms = meanLogarithms(labels, own.counts, within.squares, (smallestDistance * within.scale) ** 2, others.length);
  nearestSquares(features, own.size, others, within.squares, logarithms.add);
  return logarithms.result().map((perClass) => {
    const sum = perClass.reduce((total, d) => total + Math.max(0, d), 0);
    return { perClass, sum, divergence: sum === 0 && options.zeroDivergence === 'published' ? 1 : boundedDivergence(sum) };
  });
}

/** {@link divergences} from one earlier task. Its last bits may differ from those measured at once with others: compare only what one call gave. */
export function divergence(
  features: Float32Array,
  labels: Int32Array,
  own: Prototypes,
  other: Prototypes,
  options: DivergenceOptions,
): Divergence {
  return divergences(features, labels, own, [other], options)[0] as Divergence;
}

/** D = min(s, 1 - exp(-2 s)). */
export function boundedDivergence(sum: number): number {
  return Math.min(sum, 1 - Math.exp(-2 * sum));
}

/** @throws LifelongError `data` when tasks have features of different lengths, or an earlier one has no prototypes */
export function checkSizes(own: Prototypes, others: readonly Prototypes[]): void {
  others.forEach(({ size, counts }, i) => {
    if (size !== own.size) {
      throw new LifelongError(
        'data',
        `features: length ${size} expected, that of task ${i}, found ${own.size}`,
        'give all tasks inputs of one shape (input: size and channels of the stream), or choose an extractor whose features do not depend on it',
      );
    }
    if (!counts.some((count) => count > 0))
      throw new LifelongError('data', `task ${i}: prototypes of at least one class expected, found none`);
  });
}

/** |x - mu_c|^2 of every sample to its own class, and the scale of such distances in the task. */
function ownDistances(features: Float32Array, labels: Int32Array, own: Prototypes): { squares: Float64Array; scale: number } {
  const { size, classes, means } = own;
  const squares = new Float64Array(labels.length);
  labels.forEach((label, sample) => (squares[sample] = squaredDistance(features, sample * size, means, label * size, size)));
  const distances = squares.map(Math.sqrt);
  const spread = new Float64Array(classes);
  labels.forEach((label, sample) => (spread[label] = (spread[label] ?? 0) + (distances[sample] ?? 0)));
  // A mean in float32 is not exactly a lone sample's value, so "on the prototype" is up to rounding.
  const flat = [...spread.keys()].map((c) => {
    const count = own.counts[c] ?? 0;
    return count === 1 || (spread[c] ?? 0) <= 1e-6 * norm(means.subarray(c * size, (c + 1) * size)) * count;
  });
  const pooled = mean(distances.filter((_, sample) => !flat[labels[sample] ?? 0]));
  if (pooled === undefined) return { squares, scale: norm(means) || 1 };
  labels.forEach((label, sample) => {
    if (flat[label]) squares[sample] = Math.max(pooled ** 2, squares[sample] ?? 0);
  });
  return { squares, scale: pooled };
}

function mean(values: Float64Array): number | undefined {
  return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
}

const norm = (vector: Float32Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
