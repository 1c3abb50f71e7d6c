import { dtypeOf, zerosOf, type InputValues } from './input.js';

/*
 * Texts of a task have one length; positions behind the end of a shorter one are all 0, in its ids as in its hidden states, and say nothing. What is
 * computed of texts is computed of as few such positions as pays.
 */

/** Numbers of one position of an example `[length, ...]`. */
const widthOf = (shape: readonly number[]): number => shape.slice(1).reduce((product, size) => product * size, 1);

/** Of each of the examples `[n, length, ...]`, how many positions come before its padding. */
export function usedPositions(inputs: InputValues, shape: readonly number[]): Int32Array {
  const [length = 0] = shape;
  const width = widthOf(shape);
  return Int32Array.from({ length: inputs.length / (length * width) }, (_, row) => {
    const start = row * length * width;
    let end = start + length * width;
    while (end > start && inputs[end - 1] === 0) end--;
    return Math.ceil((end - start) / width);
  });
}

/** The length that an example with so many positions is cut to, of `length` at most. There are few such lengths, as a step is compiled for each: 8, 16, 24, 32, 48, 64, 96 and so on. */
export function cutLength(used: number, length: number): number {
  const whole = 2 ** Math.max(3, Math.ceil(Math.log2(Math.max(1, used))));
  const between = 0.75 * whole;
  return Math.min(length, used <= between && whole > 16 ? between : whole);
}

/** These rows of examples `[n, ...shape]`, cut to `length` positions: `[rows, length, ...]`. */
export function cutRows(inputs: InputValues, shape: readonly number[], rows: ArrayLike<number>, length: number): InputValues {
  const width = widthOf(shape);
  const whole = (shape[0] ?? 0) * width;
  const cut = zerosOf(dtypeOf(inputs), rows.length * length * width);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] as number) * whole;
    cut.set(inputs.subarray(start, start + length * width), i * length * width);
  }
  return cut;
}
