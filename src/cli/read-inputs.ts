import { LifelongError } from '../core/errors.js';
import { formatInput, type Input, type InputValues } from '../core/input.js';
import type { TaskRecord } from '../core/run-record.js';
import { shown } from '../core/shown.js';
import { readText } from '../data/files.js';
import { inputLimits } from '../data/input-limits.js';
import { scaleValues } from '../data/scale-values.js';
import { unlabelledInputs } from '../data/user-inputs.js';
import { domainKinds, domainOf } from '../domains/registry.js';

/**
 * The examples in a file, as rows of numbers: one or more from a NumPy array (`.npy`) or from JSON (nested arrays), one from a file of the
 * task's domain, such as an image. They are read as those of a stream are: bytes of images become values in [0, 1], numbers are multiplied by the
 * task's scale where its data have one.
 *
 * @param task what it takes
 * @param maxPixels of an image
 * @throws LifelongError `data`
 */
export async function readInputs(
  path: string,
  { input, scale }: Pick<TaskRecord, 'input' | 'scale'>,
  maxPixels?: number,
): Promise<InputValues> {
  if (path.endsWith('.npy')) return readArray(path, input, scale);
  if (path.endsWith('.json')) return readJson(path, input, scale);
  const domain = domainOf(input);
  const own = domain.files;
  if (own && (await own.recognizes(path))) return own.read(path, input, maxPixels);
  for (const { files } of domainKinds) {
    if (!(await files?.recognizes(path))) continue;
    throw new LifelongError('data', `${path}: ${domain.inputs} of shape ${formatInput(input)} expected, found ${files?.name ?? ''}`);
  }
  throw new LifelongError('data', `${path}: ${own ? `${own.name}, ` : ''}a .npy or a .json file expected`);
}

async function readArray(path: string, input: Input, scale: number | undefined): Promise<InputValues> {
  const [{ readNpy }, { npyInputs }] = await Promise.all([import('../data/formats/npy.js'), import('../data/formats/npy-table.js')]);
  const array = await readNpy(path);
  const values = npyInputs(array, path);
  checkLength(path, values.length, input, `[${array.shape.join(', ')}]`);
  return unlabelledInputs(scaleValues(values, scale), input, path);
}

async function readJson(path: string, input: Input, scale: number | undefined): Promise<InputValues> {
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
  checkLength(path, numbers.length, input, `${numbers.length} numbers`);
  return unlabelledInputs(scaleValues(Float64Array.from(numbers as number[]), scale), input, path);
}

function checkLength(path: string, length: number, { shape }: Input, found: string): void {
  const size = shape.reduce((product, side) => product * side, 1);
  if (length > 0 && length % size === 0) return;
  throw new LifelongError('data', `${path}: examples of shape [${shape.join(', ')}] expected, found ${found}`);
}
