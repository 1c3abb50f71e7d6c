import { LifelongError } from '../../core/errors.js';
import type { FileExamples } from '../file-examples.js';
import type { Npy } from './npy.js';
import type { Table } from './table.js';

/**
 * Examples from an array of inputs `[n, …]` and one of labels `[n]`. Inputs `[n, height, width]` are grey images.
 *
 * @param where names the two arrays in errors
 * @throws LifelongError `data` when the arrays do not belong together, or are of a type that inputs or labels cannot have
 */
export function npyTable(inputs: Npy, labels: Npy, where: string): Table {
  const [count = 0] = inputs.shape;
  const examples = npyExamples(inputs, where);
  if (labels.shape[0] !== count || labels.data.length !== count) {
    throw new LifelongError(
      'data',
      `${where}: one label for each of ${count} inputs expected, found labels of shape [${labels.shape.join(', ')}]`,
      labels.shape[0] === count && labels.shape.length === 2 ? 'save labels.argmax(axis=1) where each row marks one class' : undefined,
    );
  }
  if (!labels.integers && (labels.data instanceof Float32Array || labels.data instanceof Float64Array)) {
    throw new LifelongError(
      'data',
      `${where}: integers or strings expected as labels, found ${labels.data.constructor.name}`,
      "save labels.astype('int64')",
    );
  }
  return { ...examples, labels: labels.data };
}

/** Examples from an array `[n, …]`. @throws LifelongError `data` for one of less than two dimensions, and for texts */
export function npyExamples(array: Npy, where: string): FileExamples {
  const [, ...shape] = array.shape;
  if (shape.length === 0) throw new LifelongError('data', `${where}: inputs of shape [n, …] expected, found [${array.shape.join(', ')}]`);
  return { shape: shape.length === 2 ? [...shape, 1] : shape, inputs: npyInputs(array, where) };
}

/** The numbers of an array of inputs: bytes as they are, still to be read as value / 255. @throws LifelongError `data` for texts */
export function npyInputs({ data }: Npy, where: string): Float32Array | Float64Array | Uint8Array {
  const exact = (value: number) => Math.abs(value) <= 2 ** 24; // as float32
  if (data instanceof Int32Array) return data.every(exact) ? Float32Array.from(data) : Float64Array.from(data);
  if (!(data instanceof Array)) return data;
  throw new LifelongError('data', `${where}: numbers expected as inputs, found strings`);
}
