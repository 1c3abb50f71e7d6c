import { LifelongError } from '../core/errors.js';
import type { Input, InputValues } from '../core/input.js';
import { lengthOf } from './array-split.js';
import { checkFinite } from './finite.js';
import { FloatDigits } from './float-digits.js';
import { scaleValues } from './scale-values.js';

/** Inputs as a user has them: one row for each example, or one flat row-major array; bytes are read as value / 255 where inputs are float32. */
export type UserInputs = Float32Array | Float64Array | Int32Array | Uint8Array | readonly ArrayLike<number>[];

export const isFlat = (inputs: UserInputs): inputs is Exclude<UserInputs, readonly unknown[]> => ArrayBuffer.isView(inputs);

/** The type of inputs that nothing is said of: whole numbers of 32 bits stay such. */
export function dtypeOfInputs(inputs: UserInputs): Input['dtype'] {
  const whole = isFlat(inputs)
    ? inputs instanceof Int32Array
    : inputs.length > 0 && inputs.every((row: ArrayLike<number>) => row instanceof Int32Array);
  return whole ? 'int32' : 'float32';
}

/**
 * Checked inputs, row-major: as int32, or bytes as they are, still to be read as value / 255, and everything else as float32.
 *
 * @param length of one example
 * @param where names the inputs in errors, such as `task "3" train`
 * @throws LifelongError `data` for a row of another length, a value that is not finite, doubles that float32 cannot tell apart, or one that int32
 * does not have
 */
export function inputsOf(inputs: UserInputs, length: number, dtype: Input['dtype'], where: string): InputValues | Uint8Array {
  const values = isFlat(inputs) ? inputs : flatten(inputs, length, where);
  if (dtype === 'int32') return wholeNumbers(values, length, where);
  if (values instanceof Uint8Array) return values;
  if (values instanceof Float64Array || values instanceof Int32Array) checkDigits(values, length, where);
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  checkFinite(floats, length, where);
  return floats;
}

/**
 * Checked inputs that have no labels, `[n, ...shape]` of the input's type.
 *
 * @param scale bytes are multiplied by it, as those of the task's data were; value / 255 without it
 * @throws LifelongError `data` as {@link inputsOf}, and for a flat array that is not a whole number of examples
 */
export function unlabelledInputs(
  inputs: UserInputs,
  { shape, dtype }: Pick<Input, 'shape' | 'dtype'>,
  where: string,
  scale?: number,
): InputValues {
  const length = lengthOf(shape);
  const values = inputsOf(inputs, length, dtype, where);
  if (values.length % length !== 0) {
    throw new LifelongError('data', `${where}: inputs of shape [n,${shape.join()}] expected, found ${values.length} numbers`);
  }
  if (!(values instanceof Uint8Array)) return values;
  return scale === undefined ? scaled(values) : Float32Array.from(scaleValues(values, scale));
}

function wholeNumbers(values: InputValues | Float64Array | Uint8Array, length: number, where: string): Int32Array {
  if (values instanceof Int32Array) return values;
  const wrong = values.findIndex((value) => value !== (value | 0));
  if (wrong < 0) return Int32Array.from(values);
  const [sample, at] = [Math.floor(wrong / length), wrong % length];
  throw new LifelongError(
    'data',
    `${where}: whole numbers of 32 bits expected, found ${String(values[wrong])} in sample ${sample} (value ${at} of ${length})`,
  );
}

function checkDigits(values: Float64Array | Int32Array, length: number, where: string): void {
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
