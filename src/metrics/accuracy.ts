import { define, sum, type AccuracyMatrix, type Metric } from './metric.js';

/** Mean of the last row: how good the final model is on everything it learned, every task counting the same (Lopez-Paz & Ranzato 2017, ACC). */
export function averageAccuracy(matrix: AccuracyMatrix): Metric {
  return define(matrix, '(1/T) Σ_j R[T-1][j]', 1, (R, T) => sum(0, T, (j) => R(T - 1, j)) / T);
}

/** Mean over time of the average accuracy on the tasks seen so far (Rebuffi et al. 2017). */
export function averageIncrementalAccuracy(matrix: AccuracyMatrix): Metric {
  return define(matrix, '(1/T) Σ_i (1/(i+1)) Σ_{j≤i} R[i][j]', 1, (R, T) => sum(0, T, (i) => sum(0, i + 1, (j) => R(i, j)) / (i + 1)) / T);
}

/** Mean accuracy on each task right after it was learned (Riemer et al. 2019). */
export function learningAccuracy(matrix: AccuracyMatrix): Metric {
  return define(matrix, '(1/T) Σ_j R[j][j]', 1, (R, T) => sum(0, T, (j) => R(j, j)) / T);
}

/**
 * Mean of the last row when all heads compete, as the task is not given: what class-incremental papers call accuracy (van de Ven & Tolias 2019).
 *
 * @param matrix as the accuracy matrix, with the largest logit of all heads as the answer
 */
export function classIncrementalAccuracy(matrix: AccuracyMatrix): Metric {
  const metric = averageAccuracy(matrix);
  return { ...metric, formula: '(1/T) Σ_j C[T-1][j]' };
}
