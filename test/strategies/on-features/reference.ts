import type { ClassName } from '../../../src/core/task.js';

/** The closed forms in plain float64, written down from their papers: what the strategies have to answer. */
export interface Example {
  readonly row: readonly number[];
  readonly name: ClassName;
}

/** Examples standardized by mean and deviation of the first ones. */
export function standardized(first: readonly Example[]) {
  const columns = first[0]?.row.map((_, i) => first.map(({ row }) => row[i] ?? 0)) ?? [];
  const mean = columns.map((column) => sum(column) / column.length);
  const deviation = columns.map((column, i) => Math.sqrt(sum(column.map((value) => (value - (mean[i] ?? 0)) ** 2)) / column.length));
  return (row: readonly number[]) => row.map((value, i) => (value - (mean[i] ?? 0)) / (deviation[i] ?? 1));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const dot = (a: readonly number[], b: readonly number[]) => sum(a.map((value, i) => value * (b[i] ?? 0)));
const names = (examples: readonly Example[]) => [...new Set(examples.map(({ name }) => name))];
const meanOf = (rows: readonly (readonly number[])[]) => rows[0]?.map((_, i) => sum(rows.map((row) => row[i] ?? 0)) / rows.length) ?? [];
const means = (examples: readonly Example[]) =>
  names(examples).map((name) => meanOf(examples.filter((example) => example.name === name).map(({ row }) => row)));

/** A x = b by Gauss's elimination with pivots. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  for (let p = 0; p < rows.length; p++) {
    rows.splice(
      p,
      0,
      ...rows.splice(
        rows.findIndex((row, i) => i >= p && rows.slice(p).every((other) => Math.abs(row[p] ?? 0) >= Math.abs(other[p] ?? 0))),
        1,
      ),
    );
    const pivot = rows[p] ?? [];
    rows.forEach((row, i) => {
      if (i === p) return;
      const factor = (row[p] ?? 0) / (pivot[p] ?? 1);
      rows[i] = row.map((value, j) => value - factor * (pivot[j] ?? 0));
    });
  }
  return rows.map((row, i) => (row.at(-1) ?? 0) / (row[i] ?? 1));
}

export const ncmLogits = (examples: readonly Example[], row: readonly number[]) =>
  means(examples).map((mu) => dot(row, mu) - dot(mu, mu) / 2);

export const cosineLogits = (examples: readonly Example[], row: readonly number[]) =>
  means(examples).map((mu) => dot(row, mu) / Math.sqrt(dot(row, row) * dot(mu, mu)));

export function sldaLogits(examples: readonly Example[], row: readonly number[], shrinkage: number): number[] {
  const mu = means(examples);
  const known = names(examples);
  const centred = examples.map(({ row: x, name }) => x.map((value, i) => value - (mu[known.indexOf(name)]?.[i] ?? 0)));
  const covariance = row.map((_, i) =>
    row.map((__, j) => sum(centred.map((x) => (x[i] ?? 0) * (x[j] ?? 0))) / examples.length + (i === j ? shrinkage : 0)),
  );
  return mu.map((m) => {
    const w = solve(covariance, m);
    return dot(row, w) - dot(m, w) / 2;
  });
}

/** @param lift f to relu(f R) */
export function ranpacLogits(
  examples: readonly Example[],
  row: readonly number[],
  ridge: number,
  lift: (row: readonly number[]) => number[],
): number[] {
  const lifted = examples.map(({ row: x, name }) => ({ h: lift(x), name }));
  const h = lift(row);
  const g = h.map((_, i) => h.map((__, j) => sum(lifted.map((x) => (x.h[i] ?? 0) * (x.h[j] ?? 0))) + (i === j ? ridge : 0)));
  return names(examples).map((name) =>
    dot(
      h,
      solve(
        g,
        h.map((_, i) => sum(lifted.map((x) => (x.name === name ? (x.h[i] ?? 0) : 0)))),
      ),
    ),
  );
}
