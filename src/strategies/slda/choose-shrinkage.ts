import { gaussianDeviance } from '../../nn/positive-definite.js';
import type { Tensor } from '../../nn/backend.js';

/** What e is chosen from, 1e-4 to 1e3. */
const candidates = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000];

/** Where the search begins: usual for standardized features, and taken where there is nothing to choose by. */
const usual = 2;

/**
 * The shrinkage under which validation examples are likeliest, as normal examples of their classes with one covariance. Likelihood follows from sums alone,
 * so it is that of all tasks at once and does not depend on their order. From the usual e the search goes downhill by powers of ten.
 *
 * @param covariance S of the training examples
 * @param scatter of the validation examples about the classes' training means
 */
export function chooseShrinkage(covariance: Tensor, scatter: Tensor | undefined): number {
  const valueAt = (at: number) => candidates[at] ?? Infinity;
  if (!scatter) return valueAt(usual);
  const deviance = (at: number) => (at < 0 || at >= candidates.length ? Infinity : gaussianDeviance(covariance, valueAt(at), scatter));
  let best = { at: usual, deviance: deviance(usual) };
  for (const step of [1, -1]) {
    const begin = best.at;
    for (let at = best.at + step; ; at += step) {
      const next = deviance(at);
      if (!(next < best.deviance)) break;
      best = { at, deviance: next };
    }
    if (best.at !== begin) break;
  }
  return valueAt(best.at);
}
