/** Accuracies of a run: row i = after task i, column j = on task j, null = not evaluated. */
export type AccuracyMatrix = readonly (readonly (number | null)[])[];

/** A number with the formula it came from; where the number is not defined, null and the reason. */
export interface Metric {
  readonly value: number | null;
  readonly formula: string;
  readonly reason?: string;
}

/** Reads R[i][j]; a missing entry makes the metric that asked for it undefined. */
export type Read = (after: number, on: number) => number;

/**
 * A metric of an accuracy matrix by its formula; null with a reason where a number that it needs was not measured.
 *
 * @param least how many learned tasks T it takes
 */
export function define(matrix: AccuracyMatrix, formula: string, least: number, compute: (R: Read, T: number) => number): Metric {
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

/** Σ of the terms from `from` up to, without, `to`. */
export function sum(from: number, to: number, term: (index: number) => number): number {
  let total = 0;
  for (let index = from; index < to; index++) total += term(index);
  return total;
}
