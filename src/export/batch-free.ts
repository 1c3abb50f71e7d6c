import type { Constant } from './fold.js';

/** A constant for batches of any size. */
export interface BatchFree {
  readonly constant: Constant;
  /** True for one row of a value that has an equal row for every example. */
  readonly repeated: boolean;
}

/**
 * One constant for two traces that differ in nothing but the number of examples. A length in which they differ depends on it and becomes -1, "the
 * rest", which reshapes and slices take once.
 *
 * @returns undefined when the two have no form in common
 */
export function batchFree(a: Constant, b: Constant): BatchFree | undefined {
  if (a.shape.join() === b.shape.join()) {
    const same = a.data.every((value, i) => Object.is(value, b.data[i]));
    if (same) return { constant: a, repeated: false };
    const rest = a.data.map((value, i) => (value === b.data[i] ? value : -1));
    const whole = a.data instanceof Int32Array && rest.filter((value) => value === -1).length === 1;
    return whole ? { constant: { shape: a.shape, data: rest }, repeated: false } : undefined;
  }
  const shape = [1, ...a.shape.slice(1)];
  const length = shape.reduce((product, side) => product * side, 1);
  const row = a.data.slice(0, length);
  const repeats = ({ data }: Constant) => data.every((value, i) => value === row[i % length]);
  return shape.slice(1).join() === b.shape.slice(1).join() && repeats(a) && repeats(b)
    ? { constant: { shape, data: row }, repeated: true }
    : undefined;
}
