import { LifelongError } from '../core/errors.js';
import type { Input, InputValues } from '../core/input.js';
import { arraySplit, lengthOf } from './array-split.js';
import { changeInputs } from './change-inputs.js';
import { resize } from './images/resize.js';
import { scaleValues } from './scale-values.js';
import { inputsOf } from './user-inputs.js';

/** Examples as a file has them, without labels. */
export interface FileExamples {
  /** Of one example. */
  readonly shape: readonly number[];
  /** Row-major; bytes are still to be read as value / 255. */
  readonly inputs: Float32Array | Float64Array | Int32Array | Uint8Array;
  /** What was left out or converted, a sentence each. */
  readonly notes?: readonly string[];
}

/**
 * The way from numbers in a file to what a task sees, of the same parts and in the same order as that of its stream: every value times the scale,
 * or bytes / 255, as float32, or whole numbers as int32; images brought to the task's size and channels.
 *
 * @param input of the task
 * @returns `[n, ...input.shape]`
 * @throws LifelongError `data` for a value that is not finite, or examples that cannot have that shape
 */
export async function fileInputs(
  { shape, inputs }: FileExamples,
  input: Pick<Input, 'shape' | 'dtype'>,
  scale: number | undefined,
  where: string,
): Promise<InputValues> {
  const scaled = inputs instanceof Int32Array ? inputs : scaleValues(inputs, scale);
  const values = inputsOf(scaled, lengthOf(shape), input.dtype, where);
  const labels = new Int32Array(values.length / lengthOf(shape));
  const split = arraySplit(shape, values, labels);
  const adapted = shape.join() === input.shape.join() ? split : changeInputs(split, adapting(shape, input.shape, where));
  return (await adapted.read(Int32Array.from(labels.keys()))).inputs;
}

function adapting(shape: readonly number[], inputShape: readonly number[], where: string) {
  const [height = 0, width = 0, channels = 0] = inputShape;
  if (shape.length === 3 && inputShape.length === 3 && isImage(shape)) return resize([height, width], channels);
  throw new LifelongError('data', `${where}: examples of shape [${inputShape.join(', ')}] expected, found [${shape.join(', ')}]`);
}

/** Whether {@link resize} knows what its channels are. */
const isImage = ([, , channels = 0]: readonly number[]): boolean => channels >= 1 && channels <= 4;
