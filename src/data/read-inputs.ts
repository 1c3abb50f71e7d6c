import { LifelongError } from '../core/errors.js';
import type { Task } from '../core/task.js';
import { exampleShape } from './example-shape.js';
import { fileInputs, type FileExamples } from './file-examples.js';
import { readStart, readText } from './files.js';
import { nestedNumbers } from './nested-numbers.js';
import { builtInSources } from './sources/registry.js';

/** What is kept of a task that says how it sees a file. */
export type SeenBy = Pick<Task, 'inputShape'> & { readonly [Key in 'scale' | 'reading']?: Task[Key] | undefined };

/** Examples of a file as a task sees them. */
export interface ReadInputs {
  /** `[n, ...inputShape]`. */
  readonly inputs: Float32Array;
  /** What was left out or converted, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The examples in a file as a task sees them: those of an image, a NumPy array (`.npy`), of nested arrays in JSON, or of a file such as the
 * task's data were read from. Read, scaled, resized and rounded as those of the stream were.
 *
 * @param maxPixels larger images are refused; as the stream says by default
 * @throws LifelongError `data`
 */
export async function readInputs(path: string, task: SeenBy, maxPixels?: number): Promise<ReadInputs> {
  const examples = await readExamples(path, task, maxPixels);
  const inputs = await fileInputs(examples, task.inputShape, task.scale, path);
  return { inputs, notes: [...(examples.notes ?? []), ...outside(inputs, task, path)] };
}

async function readExamples(path: string, { inputShape, reading }: SeenBy, maxPixels: number | undefined): Promise<FileExamples> {
  const source = builtInSources.find(({ name }) => name === reading?.source);
  const shapes = [inputShape, ...(Array.isArray(reading?.['shape']) ? [reading['shape'] as number[]] : [])];
  if (path.endsWith('.npy')) return readArray(path, shapes);
  if (path.endsWith('.json') && !(source?.name === 'jsonl' && (await startsWithObject(path)))) return readJson(path, shapes);
  const image = await isImage(path);
  if (source?.read && reading && image === (source.name === 'folder')) {
    const found = await source.read(path, reading, { inputShape, maxPixels });
    return { ...found, shape: exampleShape([1, ...found.shape], [...shapes].reverse(), path) };
  }
  if (image) return (await import('./images/read-image.js')).readImageExample(path, inputShape, maxPixels);
  const own = source?.read && source.name !== 'folder' ? `, or one such as source ${source.name} reads,` : '';
  throw new LifelongError('data', `${path}: an image, a .npy or a .json file${own} expected`);
}

async function isImage(path: string): Promise<boolean> {
  const [{ isImageName }, { formatBytes, imageFormat }] = await Promise.all([
    import('./images/decode-image.js'),
    import('./images/image-format.js'),
  ]);
  return isImageName(path) || imageFormat(await readStart(path, formatBytes)) !== undefined;
}

const startsWithObject = async (path: string): Promise<boolean> => (await readText(path)).trimStart().startsWith('{');

async function readArray(path: string, shapes: readonly (readonly number[])[]): Promise<FileExamples> {
  const [{ readNpy }, { npyInputs }] = await Promise.all([import('./formats/npy.js'), import('./formats/npy-table.js')]);
  const array = await readNpy(path);
  return { shape: exampleShape(array.shape, shapes, path), inputs: npyInputs(array, path) };
}

async function readJson(path: string, shapes: readonly (readonly number[])[]): Promise<FileExamples> {
  let value: unknown;
  try {
    value = JSON.parse(await readText(path));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new LifelongError('data', `${path}: JSON expected: ${cause.message}`, undefined, { cause });
  }
  const nested = Array.isArray(value) ? value : [value];
  const { shape, numbers } = nestedNumbers(nested, path);
  return { shape: exampleShape(shape, shapes, path), inputs: Float64Array.from(numbers) };
}

/** Images whose values are not from 0 to 1 are seldom meant so: bytes that a file of numbers cannot mark as such. */
function outside(inputs: Float32Array, { inputShape }: SeenBy, path: string): string[] {
  if (inputShape.length !== 3) return [];
  let [smallest, largest] = [0, 1];
  for (const value of inputs) [smallest, largest] = [Math.min(smallest, value), Math.max(largest, value)];
  return smallest < 0 || largest > 1 ? [`${path}: image values from ${smallest} to ${largest}, 0 to 1 expected`] : [];
}
