import { LifelongError } from '../../core/errors.js';
import type { NamedArray } from '../../core/snapshot.js';

/** How features are made comparable before anything is summed. */
export const standardizations = ['first-task', 'length', 'none'] as const;
export type StandardizationMode = (typeof standardizations)[number];

/** Mean and deviation of every feature over a task's training examples, `[D]` each. */
export interface Standardization {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Adds up rows to their {@link Standardization}, in float64. */
export function measureStandardization(size: number) {
  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  let origin: Float32Array | undefined;
  let count = 0;
  return {
    add(rows: Float32Array): void {
      origin ??= rows.slice(0, size);
      for (let start = 0; start < rows.length; start += size) {
        for (let at = 0; at < size; at++) {
          const value = (rows[start + at] as number) - (origin[at] as number); // near 0, so that squares lose nothing
          sums[at] = (sums[at] as number) + value;
          squares[at] = (squares[at] as number) + value * value;
        }
      }
      count += rows.length / size;
    },
    /**
     * A feature that never varies keeps its unit.
     *
     * @param oneUnit whether all features have one unit, as those of a network do. Then none counts as less than a fifth of the median deviation: one that
     * hardly ever varies in the first task would drown all others in later ones.
     */
    result(oneUnit: boolean): Standardization {
      const means = sums.map((sum) => sum / count);
      const mean = Float32Array.from(means, (value, at) => (origin?.[at] ?? 0) + value);
      const deviation = Float32Array.from(squares, (square, at) => {
        const value = Math.sqrt(Math.max(0, square / count - (means[at] ?? 0) ** 2));
        if (value > 1e-6 * Math.abs(mean[at] ?? 0)) return value;
        return oneUnit ? 0 : 1;
      });
      const least = oneUnit ? (deviation.toSorted()[size >> 1] ?? 0) / 5 : 0;
      return { mean, deviation: deviation.map((value) => Math.max(value, least) || 1) };
    },
  };
}

/** Rows `[n, D]` with mean 0 and deviation 1 by these statistics; a new array. */
export function standardize(rows: Float32Array, { mean, deviation }: Standardization): Float32Array {
  const size = mean.length;
  const standardized = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += size) {
    for (let at = 0; at < size; at++) {
      standardized[start + at] = ((rows[start + at] as number) - (mean[at] as number)) / (deviation[at] as number);
    }
  }
  return standardized;
}

/** Rows `[n, D]` divided by their Euclidean length, times the root of D, so that a feature is of the order of 1; a row of zeros stays. */
export function toUnitLength(rows: Float32Array, size: number, length = Math.sqrt(size)): Float32Array {
  const scaled = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += size) {
    let squares = 0;
    for (let i = start; i < start + size; i++) squares += (rows[i] ?? 0) ** 2;
    const factor = squares > 0 ? length / Math.sqrt(squares) : 0;
    for (let i = start; i < start + size; i++) scaled[i] = (rows[i] ?? 0) * factor;
  }
  return scaled;
}

export const standardizationToArrays = ({ mean, deviation }: Standardization): Readonly<Record<string, NamedArray>> => ({
  mean: { shape: [mean.length], data: mean },
  deviation: { shape: [deviation.length], data: deviation },
});

/** @throws LifelongError `run-corrupt` when these are no statistics of so many features */
export function standardizationFromArrays(
  { mean, deviation }: Readonly<Record<string, NamedArray>>,
  size: number,
  owner: string,
): Standardization {
  const [m, d] = [mean?.data, deviation?.data];
  if (m instanceof Float32Array && d instanceof Float32Array && m.length === size && d.length === size) return { mean: m, deviation: d };
  throw new LifelongError('run-corrupt', `${owner}: mean and deviation of ${size} features expected, found ${m?.length ?? 'none'}`);
}
