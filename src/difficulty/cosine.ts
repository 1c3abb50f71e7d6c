import { checkSizes, type Divergence, type Estimator } from './divergence.js';
import type { Prototypes } from './prototypes.js';

/**
 * Cosine distance 1 - cos(mu, mu') of prototypes, averaged over the pairs of each prototype with the nearest of the other task, both ways;
 * at most 1. Pairing each with its nearest makes a task's distance from itself 0, which the published mean over all pairs is not.
 */
export const cosine: Estimator = (_features, _labels, own, others) => {
  checkSizes(own, others);
  const ours = unitPrototypes(own);
  return others.map((other): Divergence => {
    const theirs = unitPrototypes(other);
    const perClass = nearestCosine(ours, theirs);
    const sum = (meanOf(perClass) + meanOf(nearestCosine(theirs, ours))) / 2;
    return { perClass, sum, divergence: Math.min(1, sum) };
  });
};

/** Prototypes of classes that have samples, at length 1. */
function unitPrototypes({ means, size, counts }: Prototypes): Float64Array[] {
  return [...counts.keys()]
    .filter((c) => (counts[c] ?? 0) > 0)
    .map((c) => {
      const vector = Float64Array.from(means.subarray(c * size, (c + 1) * size));
      const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
      return vector.map((value) => value / length);
    });
}

/** 1 - cos = |u - v|^2 / 2 of unit vectors: exactly 0 for equal ones. */
function nearestCosine(from: readonly Float64Array[], to: readonly Float64Array[]): number[] {
  return from.map((u) => Math.min(...to.map((v) => u.reduce((sum, value, i) => sum + (value - (v[i] ?? 0)) ** 2, 0) / 2)));
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
