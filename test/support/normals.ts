import { random } from '../../src/core/random.js';
import { orthonormalize } from '../../src/nn/orthonormalize.js';

/** So many normal numbers; the same path gives the same. */
export function normals(count: number, ...path: (string | number)[]): Float32Array {
  const source = random(5, ...path);
  return Float32Array.from({ length: count }, () => source.normal());
}

/** Random orthonormal rows `[count, width]`. */
export const orthonormalRows = (count: number, width: number, ...path: (string | number)[]): Float32Array =>
  orthonormalize({ data: normals(count * width, ...path), width });

/** The largest of the numbers, their signs aside. */
export const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export const differences = (a: ArrayLike<number>, b: ArrayLike<number>): number[] => Array.from(a, (value, i) => value - (b[i] ?? NaN));
