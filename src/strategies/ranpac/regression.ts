import { LifelongError } from '../../core/errors.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { solvePositiveDefinite } from '../../nn/positive-definite.js';
import { transpose, type LinearClassifier } from '../on-features/linear-classifier.js';
import type { Totals } from '../on-features/method.js';
import { lowerHalf } from '../on-features/second-moment.js';

/**
 * W = (G + lambda I)^-1 Q.
 *
 * @param candidates for lambda, by size: the first that float32 can solve with. Losses are measured by the dual form, which can do with less than G of few examples
 * @throws LifelongError `diverged` where none will do
 */
export function regression(
  { classes: { names, size, sums }, moment }: Pick<Totals, 'classes' | 'moment'>,
  candidates: readonly number[],
): LinearClassifier {
  if (!moment) throw new RangeError('a second moment expected');
  const [g, q] = [lowerHalf(moment), tf.tensor2d(transpose(sums, size), [size, names.length])];
  try {
    const w = firstSolution(g, q, candidates);
    const weights = w.dataSync<'float32'>();
    w.dispose();
    return { names, weights, bias: new Float32Array(names.length) };
  } finally {
    tf.dispose([g, q]);
  }
}

function firstSolution(g: Tensor, q: Tensor, [ridge = 1, ...larger]: readonly number[]): Tensor {
  try {
    return solvePositiveDefinite(g, ridge, q);
  } catch (error) {
    if (larger.length === 0 || !(error instanceof LifelongError)) throw error;
    return firstSolution(g, q, larger);
  }
}
