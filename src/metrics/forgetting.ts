import { define, sum, type AccuracyMatrix, type Metric, type Read } from './metric.js';

/** Best earlier accuracy less the final one, over all tasks but the last; negative when tasks got better (Chaudhry et al. 2018). */
export function averageForgetting(matrix: AccuracyMatrix): Metric {
  return define(
    matrix,
    '(1/(T-1)) Σ_{j<T-1} (max_{j≤l≤T-2} R[l][j] − R[T-1][j])',
    2,
    (R, T) => sum(0, T - 1, (j) => forgettingOf(R, T, j)) / (T - 1),
  );
}

/** Backward transfer divided by T instead of T-1, as the PAR paper prints it under "average forgetting"; negative = forgetting (Wang et al. 2023). */
export function parForgetting(matrix: AccuracyMatrix): Metric {
  return define(matrix, '(1/T) Σ_j (R[T-1][j] − R[j][j])', 1, (R, T) => sum(0, T, (j) => R(T - 1, j) - R(j, j)) / T);
}

/** Forgetting of each task: best earlier accuracy less the final one; null for the last task, which nothing followed, and where not evaluated. */
export function taskForgetting(matrix: AccuracyMatrix): (number | null)[] {
  return matrix.map((_, j) =>
    j === matrix.length - 1 ? null : define(matrix, 'max_{j≤l≤T-2} R[l][j] − R[T-1][j]', 2, (R, T) => forgettingOf(R, T, j)).value,
  );
}

function forgettingOf(R: Read, T: number, j: number): number {
  let best = R(j, j);
  for (let l = j + 1; l <= T - 2; l++) best = Math.max(best, R(l, j));
  return best - R(T - 1, j);
}
