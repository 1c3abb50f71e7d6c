import { boundedDivergence, checkSizes, type Divergence, type Estimator } from './divergence.js';
import type { Prototypes } from './prototypes.js';

/** Part of the mean variance that is added to every variance: features that are constant in a class would make it infinite. */
const shrinkage = 0.01;

/**
 * Symmetric Kullback-Leibler divergence of per-class Gaussians with diagonal covariance, per feature:
 *
 *     J(c, c') = 1/(4 D) sum_d (v/v' + v'/v - 2 + (mu - mu')^2 (1/v + 1/v'))
 *
 * averaged over the pairs of each class with the nearest of the other task, both ways, and mapped to [0, 1) as the nearest-prototype
 * divergence is. As for cosine, the published mean over all pairs would not be 0 for a task and itself. A class with one sample takes the mean
 * variances of its task.
 */
export const gaussianKl: Estimator = (_features, _labels, own, others) => {
  checkSizes(own, others);
  const ours = gaussians(own);
  return others.map((other): Divergence => {
    const theirs = gaussians(other);
    const floor = shrinkage * (meanVariance(ours) + meanVariance(theirs)) || 1e-12;
    const perClass = nearestKl(ours, theirs, floor);
    const sum = (meanOf(perClass) + meanOf(nearestKl(theirs, ours, floor))) / 2;
    return { perClass, sum, divergence: boundedDivergence(sum) };
  });
};

interface Gaussian {
  readonly mean: Float32Array;
  readonly variance: Float32Array | Float64Array;
}

function gaussians({ means, variances, size, counts }: Prototypes): Gaussian[] {
  const row = (matrix: Float32Array, c: number) => matrix.subarray(c * size, (c + 1) * size);
  const spread = [...counts.keys()].filter((c) => (counts[c] ?? 0) > 1);
  const pooled = new Float64Array(size);
  for (const c of spread) row(variances, c).forEach((variance, i) => (pooled[i] = (pooled[i] ?? 0) + variance / spread.length));
  return [...counts.keys()]
    .filter((c) => (counts[c] ?? 0) > 0)
    .map((c) => ({ mean: row(means, c), variance: counts[c] === 1 ? pooled : row(variances, c) }));
}

function nearestKl(from: readonly Gaussian[], to: readonly Gaussian[], floor: number): number[] {
  return from.map((p) => Math.min(...to.map((q) => symmetricKl(p, q, floor))));
}

function symmetricKl(p: Gaussian, q: Gaussian, floor: number): number {
  let sum = 0;
  p.mean.forEach((mean, i) => {
    const v = (p.variance[i] ?? 0) + floor;
    const w = (q.variance[i] ?? 0) + floor;
    sum += (v - w) ** 2 / (v * w) + (mean - (q.mean[i] ?? 0)) ** 2 * (1 / v + 1 / w);
  });
  return sum / (4 * p.mean.length);
}

const meanVariance = (all: readonly Gaussian[]) => meanOf(all.map(({ variance }) => meanOf(variance)));
const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
