import { LifelongError } from '../core/errors.js';
import type { TaskRecord } from '../core/run-record.js';
import { shown } from '../core/shown.js';
import { readStart, readText } from '../data/files.js';
import { inputLimits } from '../data/input-limits.js';
import { scaleValues } from '../data/scale-values.js';
import { unlabelledInputs } from '../data/user-inputs.js';

/**
 * The examples in a file, as rows of numbers: one from an image, one or more from a NumPy array (`.npy`) or from JSON (nested arrays).
 * Images and numbers are read as those of a stream are: bytes become values in [0, 1], numbers are multiplied by the task's scale where its data
 * have one.
 *
 * @param task what it takes
 * @param maxPixels of an image
 * @throws LifelongError `data`
 */
export async function readInputs(
  path: string,
  { inputShape: shape, scale }: Pick<TaskRecord, 'inputShape' | 'scale'>,
  maxPixels?: number,
): Promise<Float32Array> {
  if (path.endsWith('.npy')) return readArray(path, shape, scale);
  if (path.endsWith('.json')) return readJson(path, shape, scale);
  const [{ isImageName }, { formatBytes, imageFormat }] = await Promise.all([
    import('../data/images/decode-image.js'),
    import('../data/images/image-format.js'),
  ]);
  if (isImageName(path) || imageFormat(await readStart(path, formatBytes))) return readPixels(path, shape, maxPixels);
  throw new LifelongError('data', `${path}: an image, a .npy or a .json file expected`);
}

async function readPixels(path: string, shape: readonly number[], maxPixels: number | undefined): Promise<Float32Array> {
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined || channels === undefined) {
    throw new LifelongError('data', `${path}: vectors of ${shape.join()} numbers expected, found an image`);
  }
  const { readImage } = await import('../data/images/read-image.js');
  const { bytes } = await readImage(path, [height, width, channels], { resized: true, maxPixels });
  return Float32Array.from(bytes, (byte) => byte / 255);
}

async function readArray(path: string, shape: readonly number[], scale: number | undefined): Promise<Float32Array> {
  const [{ readNpy }, { npyInputs }] = await Promise.all([import('../data/formats/npy.js'), import('../data/formats/npy-table.js')]);
  const array = await readNpy(path);
  const values = npyInputs(array, path);
  checkLength(path, values.length, shape, `[${array.shape.join(', ')}]`);
  return unlabelledInputs(scaleValues(values, scale), shape, path);
}

async function readJson(path: string, shape: readonly number[], scale: number | undefined): Promise<Float32Array> {
  let values: unknown;
  try {
    values = JSON.parse(await readText(path));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new LifelongError('data', `${path}: JSON expected: ${cause.message}`, undefined, { cause });
  }
  const numbers = (Array.isArray(values) ? values : [values]).flat(inputLimits.axes) as unknown[];
  const wrong = numbers.find((value) => typeof value !== 'number');
  if (wrong !== undefined) throw new LifelongError('data', `${path}: nested arrays of numbers expected, found ${shown(wrong)}`);
  checkLength(path, numbers.length, shape, `${numbers.length} numbers`);
  return unlabelledInputs(scaleValues(Float64Array.from(numbers as number[]), scale), shape, path);
}

function checkLength(path: string, length: number, shape: readonly number[], found: string): void {
  const size = shape.reduce((product, side) => product * side, 1);
  if (length > 0 && length % size === 0) return;
  throw new LifelongError('data', `${path}: examples of shape [${shape.join(', ')}] expected, found ${found}`);
}
