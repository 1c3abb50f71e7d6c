import { LifelongError } from '../core/errors.js';
import { shown } from '../core/shown.js';
import { lengthOf } from './array-split.js';
import { inputLimits } from './input-limits.js';

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
  const shape = shapeOf(lists, where);
  const numbers: readonly unknown[] = lists.flat(inputLimits.axes);
  const wrong = numbers.find((value) => typeof value !== 'number');
  if (wrong !== undefined) throw new LifelongError('data', `${where}: numbers expected in inputs, found ${shown(wrong)}`);
  const expected = lengthOf(shape);
  if (numbers.length !== expected) {
    throw new LifelongError('data', `${where}: ${expected} numbers expected for [${shape.join(', ')}], found ${numbers.length}`);
  }
  if (!hasShape(lists, shape)) throw new LifelongError('data', `${where}: lists of one length beside each other expected, found others`);
  return { shape, numbers: numbers as number[] };
}

/** By the first member at each depth: too many levels are refused, as the stack would not hold them. */
function shapeOf(lists: readonly unknown[], where: string): number[] {
  const shape: number[] = [];
  for (let value: unknown = lists; Array.isArray(value); value = value[0]) {
    shape.push(value.length);
    if (shape.length > inputLimits.axes)
      throw new LifelongError('data', `${where}: at most ${inputLimits.axes} levels of lists expected, found more`);
  }
  return shape;
}

function hasShape(value: unknown, [length, ...rest]: readonly number[]): boolean {
  if (length === undefined) return !Array.isArray(value);
  return Array.isArray(value) && value.length === length && value.every((member) => hasShape(member, rest));
}
