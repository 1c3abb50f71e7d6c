import { LifelongError } from '../core/errors.js';
import { lengthOf } from './array-split.js';
import { checkFinite } from './finite.js';
import { FloatDigits } from './float-digits.js';
import { scaleValues } from './scale-values.js';

/** Inputs as a user has them: one row for each example, or one flat row-major array; bytes are read as value / 255. */
export type UserInputs = Float32Array | Float64Array | Uint8Array | readonly ArrayLike<number>[];

export const isFlat = (inputs: UserInputs): inputs is Exclude<UserInputs, readonly unknown[]> => ArrayBuffer.isView(inputs);

/**
 * Checked inputs, row-major: bytes as they are, still to be read as value / 255, and everything else as float32.
 *
 * @param length of one example
 * @param where names the inputs in errors, such as `task "3" train`
 * @throws LifelongError `data` for a row of another length, a value that is not finite, or doubles that float32 cannot tell apart
 */
export function inputsOf(inputs: UserInputs, length: number, where: string): Float32Array | Uint8Array {
  const values = isFlat(inputs) ? inputs : flatten(inputs, length, where);
  if (values instanceof Uint8Array) return values;
  if (values instanceof Float64Array) checkDigits(values, length, where);
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  checkFinite(floats, length, where);
  return floats;
}

/**
 * Checked inputs that have no labels, as float32 `[n, ...shape]`.
 *
 * @param scale bytes are multiplied by it, as those of the task's data were; value / 255 without it
 * @throws LifelongError `data` as {@link inputsOf}, and for a flat array that is not a whole number of examples
 */
export function unlabelledInputs(inputs: UserInputs, shape: readonly number[], where: string, scale?: number): Float32Array {
  const length = lengthOf(shape);
  const values = inputsOf(inputs, length, where);
  if (values.length % length !== 0) {
    throw new LifelongError('data', `${where}: inputs of shape [n,${shape.join()}] expected, found ${values.length} numbers`);
  }
  if (!(values instanceof Uint8Array)) return values;
  return scale === undefined ? scaled(values) : Float32Array.from(scaleValues(values, scale));
}

function checkDigits(values: Float64Array, length: number, where: string): void {
  const digits = new FloatDigits();
  for (let start = 0; start < values.length; start += length) digits.add(values.subarray(start, start + length));
  digits.check(where);
  digits.checkRange(where);
}

function flatten(rows: readonly ArrayLike<number>[], length: number, where: string): Float32Array | Float64Array | Uint8Array {
  const bytes = rows.length > 0 && rows.every((row) => row instanceof Uint8Array);
  const floats = rows.every((row) => row instanceof Float32Array);
  const values = new (bytes ? Uint8Array : floats ? Float32Array : Float64Array)(rows.length * length);
  rows.forEach((row, i) => {
    if (row.length !== length) throw new LifelongError('data', `${where}: ${length} values expected in sample ${i}, found ${row.length}`);
    values.set(row instanceof Uint8Array && !bytes ? scaled(row) : row, i * length);
  });
  return values;
}

const scaled = (bytes: Uint8Array): Float32Array => Float32Array.from(bytes, (byte) => byte / 255);
