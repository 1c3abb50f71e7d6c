import { dtypeOf, zerosOf, type InputValues } from '../core/input.js';
import type { Split } from '../core/task.js';

/** Number of values in an example of this shape. */
export const lengthOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/**
 * A split over arrays in memory.
 *
 * @param values row-major `[n, ...shape]`; bytes are read as values / 255
 * @param labels class index of each of the `n` examples
 */
export function arraySplit(shape: readonly number[], values: InputValues | Uint8Array, labels: Int32Array): Split {
  const length = lengthOf(shape);
  return {
    size: labels.length,
    labels: () => Promise.resolve(labels),
    read(indices) {
      const inputs = zerosOf(values instanceof Uint8Array ? 'float32' : dtypeOf(values), indices.length * length);
      indices.forEach((index, i) => {
        inputs.set(values.subarray(index * length, (index + 1) * length), i * length);
      });
      if (values instanceof Uint8Array) for (let i = 0; i < inputs.length; i++) inputs[i] = (inputs[i] as number) / 255;
      return Promise.resolve({ shape, inputs, labels: labelsAt(labels, indices) });
    },
  };
}

/** The labels at these positions. */
export const labelsAt = (labels: Int32Array, indices: Int32Array): Int32Array =>
  Int32Array.from(indices, (index) => labels[index] as number);
