/** Accuracies of a run: row i = after task i, column j = on task j, null = not evaluated. */
export type AccuracyMatrix = readonly (readonly (number | null)[])[];

/** A number with the formula it came from; where the number is not defined, null and the reason. */
export interface Metric {
  readonly value: number | null;
  readonly formula: string;
  readonly reason?: string;
}

/** Reads R[i][j]; a missing entry makes the metric that asked for it undefined. */
type Read = (after: number, on: number) => number;

function define(matrix: AccuracyMatrix, formula: string, least: number, compute: (R: Read, T: number) => number): Metric {
  const T = matrix.length;
  if (T === 0) return { value: null, formula, reason: 'no task has been learned' };
  if (T < least) return { value: null, formula, reason: `needs at least ${least} tasks, found ${T}` };
  const missing: string[] = [];
  const value = compute((after, on) => {
    const accuracy = accuracyAt(matrix, after, on);
    if (accuracy === null) missing.push(`task ${on} was not evaluated after task ${after}`);
    return accuracy ?? 0;
  }, T);
  const [first, ...others] = missing;
  if (first === undefined) return { value, formula };
  return { value: null, formula, reason: others.length === 0 ? first : `${first} (and ${others.length} more)` };
}

/** R[i][j], or null where it was not measured. */
export function accuracyAt(matrix: AccuracyMatrix, after: number, on: number): number | null {
  const accuracy = matrix[after]?.[on];
  return accuracy === undefined || accuracy === null || !Number.isFinite(accuracy) ? null : accuracy;
}

function sum(from: number, to: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = from; index < to; index++) total += term(index);
  return total;
}

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

/** What later tasks did to earlier ones; negative = forgetting (Lopez-Paz & Ranzato 2017, BWT). */
export function backwardTransfer(matrix: AccuracyMatrix): Metric {
  return define(matrix, '(1/(T-1)) Σ_{j<T-1} (R[T-1][j] − R[j][j])', 2, (R, T) => sum(0, T - 1, (j) => R(T - 1, j) - R(j, j)) / (T - 1));
}

/** Best earlier accuracy less the final one, over all tasks but the last; negative when tasks got better (Chaudhry et al. 2018). */
export function averageForgetting(matrix: AccuracyMatrix): Metric {
  return define(
    matrix,
    '(1/(T-1)) Σ_{j<T-1} (max_{j≤l≤T-2} R[l][j] − R[T-1][j])',
    2,
    (R, T) => sum(0, T - 1, (j) => forgettingOf(R, T, j)) / (T - 1),
  );
}

function forgettingOf(R: Read, T: number, j: number): number {
  let best = R(j, j);
  for (let l = j + 1; l <= T - 2; l++) best = Math.max(best, R(l, j));
  return best - R(T - 1, j);
}

/** Backward transfer divided by T instead of T-1, as the PAR paper prints it under "average forgetting"; negative = forgetting (Wang et al. 2023). */
export function parForgetting(matrix: AccuracyMatrix): Metric {
  return define(matrix, '(1/T) Σ_j (R[T-1][j] − R[j][j])', 1, (R, T) => sum(0, T, (j) => R(T - 1, j) - R(j, j)) / T);
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

/** Forgetting of each task: best earlier accuracy less the final one; null for the last task, which nothing followed, and where not evaluated. */
export function taskForgetting(matrix: AccuracyMatrix): (number | null)[] {
  return matrix.map((_, j) =>
    j === matrix.length - 1 ? null : define(matrix, 'max_{j≤l≤T-2} R[l][j] − R[T-1][j]', 2, (R, T) => forgettingOf(R, T, j)).value,
  );
}

/**
 * Mean of the last row when the task is not told and all heads answer: what class-incremental papers call accuracy (van de Ven & Tolias 2019).
 *
 * @param matrix as the accuracy matrix, with the largest score of all heads as the answer
 */
export function classIncrementalAccuracy(matrix: AccuracyMatrix): Metric {
  const metric = averageAccuracy(matrix);
  return { ...metric, formula: '(1/T) Σ_j C[T-1][j]' };
}

/** The names under which reports carry the metrics, in the order in which they are shown. */
export const metricNames = [
  'averageAccuracy',
  'averageIncrementalAccuracy',
  'learningAccuracy',
  'backwardTransfer',
  'averageForgetting',
  'parForgetting',
  'forwardTransfer',
] as const;
export type MetricName = (typeof metricNames)[number];

/**
 * Every metric of an accuracy matrix, T = number of rows.
 *
 * @example
 * computeMetrics([[0.98, null], [0.95, 0.99]], { baselines: [0.5, 0.5] }).averageForgetting.value; // 0.03
 */
export function computeMetrics(
  matrix: AccuracyMatrix,
  options: { readonly baselines?: readonly (number | null)[] } = {},
): Record<MetricName, Metric> {
  return {
    averageAccuracy: averageAccuracy(matrix),
    averageIncrementalAccuracy: averageIncrementalAccuracy(matrix),
    learningAccuracy: learningAccuracy(matrix),
    backwardTransfer: backwardTransfer(matrix),
    averageForgetting: averageForgetting(matrix),
    parForgetting: parForgetting(matrix),
    forwardTransfer: forwardTransfer(matrix, options.baselines ?? []),
  };
}
