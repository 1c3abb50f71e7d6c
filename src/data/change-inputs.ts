import { dtypeOf, zerosOf, type InputValues } from '../core/input.js';
import type { Split } from '../core/task.js';

/** A fixed change of every input, such as a rotation: the same example always changes the same way. */
export interface InputChange {
  /** What it does, as text; equal texts mean equal changes. */
  readonly name: string;
  /** Shape of a changed example. @throws LifelongError `config` when examples of this shape cannot be changed */
  shape(inputShape: readonly number[]): readonly number[];
  /** Writes the changed example; `position` is its place in the split. */
  apply(input: InputValues, output: InputValues, inputShape: readonly number[], position: number): void;
}

/** A split whose inputs are changed when they are read. */
export function changeInputs(split: Split, change: InputChange): Split {
  return {
    size: split.size,
    labels: () => split.labels(),
    async read(indices) {
      const { shape, inputs, labels } = await split.read(indices);
      const changedShape = change.shape(shape);
      const count = indices.length;
      const [length, changedLength] = [inputs.length / count, changedShape.reduce((product, size) => product * size, 1)];
      const changed = zerosOf(dtypeOf(inputs), count * changedLength);
      for (let i = 0; i < count; i++) {
        const input = inputs.subarray(i * length, (i + 1) * length);
        const output = changed.subarray(i * changedLength, (i + 1) * changedLength);
        change.apply(input, output, shape, indices[i] as number);
      }
      return { shape: changedShape, inputs: changed, labels };
    },
  };
}
