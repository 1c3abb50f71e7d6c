import { random } from '../core/random.js';

/** A measure over repeated runs. */
export interface Spread {
  /** Number of runs. */
  readonly n: number;
  readonly mean: number | null;
  /** Standard deviation with n - 1. */
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Why something is null. */
  readonly reason?: string;
}

/** Mean, standard deviation (n - 1) and range of the values that are known. */
export function measureSpread(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  const n = known.length;
  if (n === 0) return { n, mean: null, std: null, min: null, max: null, reason: 'not defined for any run' };
  const mean = known.reduce((total, value) => total + value, 0) / n;
  const range = { min: Math.min(...known), max: Math.max(...known) };
  if (n === 1) return { n, mean, std: null, ...range, reason: 'one run has no standard deviation' };
  const std = Math.sqrt(known.reduce((total, value) => total + (value - mean) ** 2, 0) / (n - 1));
  const missing = values.length - n;
  return { n, mean, std, ...range, ...(missing > 0 && { reason: `not defined for ${missing} of ${values.length} runs` }) };
}

const resamples = 10_000;

/**
 * Bootstrap 95 % interval of a mean (percentile method, Efron 1979): the middle 95 % of the means of 10,000 resamples with replacement. The same
 * differences give the same interval.
 *
 * @returns null with fewer than two values
 */
export function bootstrapInterval(values: readonly number[]): { readonly low: number; readonly high: number } | null {
  const n = values.length;
  if (n < 2) return null;
  const generator = random(0, 'bootstrap', n);
  const means = Float64Array.from({ length: resamples }, () => {
    let total = 0;
    for (let draw = 0; draw < n; draw++) total += values[generator.integer(n)] ?? 0;
    return total / n;
  }).sort();
  return { low: means[Math.floor(0.025 * resamples)] ?? 0, high: means[Math.ceil(0.975 * resamples) - 1] ?? 0 };
}
