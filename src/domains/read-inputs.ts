import { LifelongError } from '../core/errors.js';
import { formatInput, type Input, type InputValues } from '../core/input.js';
import type { Task } from '../core/task.js';
import { exampleShape } from '../data/example-shape.js';
import { fileInputs, type FileExamples } from '../data/file-examples.js';
import { readText } from '../data/files.js';
import { nestedNumbers } from '../data/nested-numbers.js';
import { builtInSources } from '../data/sources/registry.js';
import { domainKinds, domainOf } from './registry.js';

/** What is kept of a task that says how it sees a file. */
export type SeenBy = Pick<Task, 'input'> & { readonly [Key in 'scale' | 'reading']?: Task[Key] | undefined };

/** Examples of a file as a task sees them. */
export interface ReadInputs {
  /** `[n, ...shape]` of the task's input. */
  readonly inputs: InputValues;
  /** What was left out or converted, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The examples in a file as a task sees them: those of a file of the task's domain, such as an image, of a NumPy array (`.npy`), of nested arrays in JSON, or of a file such as the
 * task's data were read from. Read, scaled, resized and rounded as those of the stream were.
 *
 * @param maxPixels larger images are refused; as the stream says by default
 * @throws LifelongError `data`
 */
export async function readInputs(path: string, task: SeenBy, maxPixels?: number): Promise<ReadInputs> {
  const examples = await readExamples(path, task, maxPixels);
  const inputs = await fileInputs(examples, task.input, task.scale, path);
  return { inputs, notes: [...(examples.notes ?? []), ...doubts(inputs, task.input, path)] };
}

/**
 * Texts as a task sees them.
 *
 * @param texts one each, or two parted by a tab where the task has pairs
 * @param where names them in errors
 * @throws LifelongError `data`
 */
export async function readGivenTexts(
  texts: AsyncIterable<string> | Iterable<string>,
  { input, reading }: SeenBy,
  where: string,
): Promise<ReadInputs> {
  const { domain } = input;
  if (domain !== 'text') throw new LifelongError('data', `${where}: ${domainOf(input).inputs} expected, found a text`, 'name a file');
  const { encodeTexts } = await import('../data/text/text-lines.js');
  const examples = await encodeTexts(texts, input, reading, where);
  return { inputs: await fileInputs(examples, input, undefined, where), notes: examples.notes ?? [] };
}

async function readExamples(path: string, { input, reading }: SeenBy, maxPixels: number | undefined): Promise<FileExamples> {
  const source = builtInSources.find(({ name }) => name === reading?.source);
  const shapes = [input.shape, ...(Array.isArray(reading?.['shape']) ? [reading['shape'] as number[]] : [])];
  if (path.endsWith('.npy')) return readArray(path, shapes);
  if (path.endsWith('.json') && !(source?.name === 'jsonl' && (await startsWithObject(path)))) return readJson(path, shapes);
  const { files } = domainOf(input);
  const isOwn = (await files?.recognizes(path)) === true;
  if (source?.read && reading && isOwn === (source.name === 'folder')) {
    const found = await source.read(path, reading, { inputShape: input.shape, maxPixels });
    return { ...found, shape: exampleShape([1, ...found.shape], [...shapes].reverse(), path) };
  }
  if (files && isOwn) return files.read(path, input, { reading, maxPixels });
  await refuseOtherDomains(path, input);
  const own = source?.read && source.name !== 'folder' ? `, or one such as source ${source.name} reads,` : '';
  throw new LifelongError('data', `${path}: ${files ? `${files.name}, ` : ''}a .npy or a .json file${own} expected`);
}

/** @throws LifelongError `data` for a file of a domain that is not the task's */
async function refuseOtherDomains(path: string, input: Input): Promise<void> {
  for (const { files } of domainKinds) {
    if (!(await files?.recognizes(path))) continue;
    throw new LifelongError(
      'data',
      `${path}: ${domainOf(input).inputs} of shape ${formatInput(input)} expected, found ${files?.name ?? ''}`,
    );
  }
}

const startsWithObject = async (path: string): Promise<boolean> => (await readText(path)).trimStart().startsWith('{');

async function readArray(path: string, shapes: readonly (readonly number[])[]): Promise<FileExamples> {
  const [{ readNpy }, { npyInputs }] = await Promise.all([import('../data/formats/npy.js'), import('../data/formats/npy-table.js')]);
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

/** What a person should look at in them, such as images whose values are not from 0 to 1: bytes that a file of numbers cannot mark as such. */
function doubts(inputs: InputValues, input: Input, path: string): string[] {
  if (inputs.length === 0) return [];
  let [smallest, largest] = [Infinity, -Infinity];
  for (const value of inputs) [smallest, largest] = [Math.min(smallest, value), Math.max(largest, value)];
  return domainOf(input)
    .doubts(input, [smallest, largest])
    .map((doubt) => `${path}: ${doubt}`);
}
