import { checkSizes, type Divergence, type Estimator } from './divergence.js';
import type { Prototypes } from './prototypes.js';

/**
 * 1 - linear CKA of prototypes (Kornblith et al. 2019): with the prototypes of two tasks as columns of X `[D, C]` and Y `[D, C']`, centred
 * over the D features,
 *
 *     CKA = |Y'X|_F^2 / (|X'X|_F |Y'Y|_F)
 *
 * Tasks may differ in their number of classes, and the order of classes does not matter. Prototypes without any structure (all features
 * equal) are like each other and unlike all else.
 */
export const cka: Estimator = (_features, _labels, own, others) => {
  checkSizes(own, others);
  const ours = centred(own);
  const ourNorm = Math.sqrt(crossNorm(ours, ours));
  return others.map((other): Divergence => {
    const theirs = centred(other);
    const product = ourNorm * Math.sqrt(crossNorm(theirs, theirs));
    const similarity = product > 0 ? crossNorm(ours, theirs) / product : Number(ourNorm === 0 && crossNorm(theirs, theirs) === 0);
    const distance = similarity > 1 - rounding ? 0 : 1 - similarity;
    return { perClass: [], sum: distance, divergence: distance };
  });
};

/** 1 - CKA cannot be told from 0 below this. */
const rounding = 1e-12;

function centred({ means, size, counts }: Prototypes): Float64Array[] {
  return [...counts.keys()]
    .filter((c) => (counts[c] ?? 0) > 0)
    .map((c) => {
      const column = Float64Array.from(means.subarray(c * size, (c + 1) * size));
      const mean = column.reduce((sum, value) => sum + value, 0) / size;
      return column.map((value) => value - mean);
    });
}

/** |Y'X|_F^2: the sum of squared products of all pairs of columns. */
function crossNorm(x: readonly Float64Array[], y: readonly Float64Array[]): number {
  let total = 0;
  for (const column of x) for (const other of y) total += column.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0) ** 2;
  return total;
}
