import { accuracyAt, define, sum, type AccuracyMatrix, type Metric } from './metric.js';

/** What later tasks did to earlier ones; negative = forgetting (Lopez-Paz & Ranzato 2017, BWT). */
export function backwardTransfer(matrix: AccuracyMatrix): Metric {
  return define(matrix, '(1/(T-1)) Σ_{j<T-1} (R[T-1][j] − R[j][j])', 2, (R, T) => sum(0, T - 1, (j) => R(T - 1, j) - R(j, j)) / (T - 1));
}

/**
 * What earlier tasks gave to a task before it was learned (Lopez-Paz & Ranzato 2017, FWT).
 *
 * @param baselines b_j by task: accuracy of an untrained model, or chance 1/classes where the caller says so; null = not known
 */
export function forwardTransfer(matrix: AccuracyMatrix, baselines: readonly (number | null)[]): Metric {
  const formula = '(1/(T-1)) Σ_{j≥1} (R[j-1][j] − b_j)';
  const undefinedBecause = (reason: string): Metric => ({ value: null, formula, reason });
  const unseen = matrix.findIndex((_, j) => j > 0 && accuracyAt(matrix, j - 1, j) === null);
  const unknown = matrix.findIndex((_, j) => j > 0 && typeof baselines[j] !== 'number');
  if (unseen > 0) return undefinedBecause(`task ${unseen} was not evaluated before it was learned`);
  if (unknown > 0) return undefinedBecause(`the baseline of task ${unknown} is not known`);
  return define(matrix, formula, 2, (R, T) => sum(1, T, (j) => R(j - 1, j) - (baselines[j] ?? 0)) / (T - 1));
}
