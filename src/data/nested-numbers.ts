import { LifelongError } from '../core/errors.js';
import { lengthOf } from './array-split.js';

/** Nested lists of numbers in one list. */
export interface NestedNumbers {
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
}

/**
 * The numbers in nested lists, as JSON has them, row-major.
 *
 * @param where names the lists in errors
 * @throws LifelongError `data` for what is no number, and for lists of different lengths beside each other
 */
export function nestedNumbers(lists: readonly unknown[], where: string): NestedNumbers {
  const shape = shapeOf(lists);
  const numbers: readonly unknown[] = lists.flat(Infinity);
  const wrong = numbers.find((value) => typeof value !== 'number');
  if (wrong !== undefined) throw new LifelongError('data', `${where}: numbers expected in inputs, found ${JSON.stringify(wrong)}`);
  const expected = lengthOf(shape);
  if (numbers.length !== expected) {
    throw new LifelongError('data', `${where}: ${expected} numbers expected for [${shape.join(', ')}], found ${numbers.length}`);
  }
  if (!hasShape(lists, shape)) throw new LifelongError('data', `${where}: lists of one length beside each other expected, found others`);
  return { shape, numbers: numbers as number[] };
}

/** By the first member at each depth. */
const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);

function hasShape(value: unknown, [length, ...rest]: readonly number[]): boolean {
  if (length === undefined) return !Array.isArray(value);
  return Array.isArray(value) && value.length === length && value.every((member) => hasShape(member, rest));
}
