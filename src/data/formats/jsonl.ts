import { LifelongError } from '../../core/errors.js';
import { shown } from '../../core/shown.js';
import { lengthOf } from '../array-split.js';
import { inputLimits } from '../input-limits.js';
import { readUnpacked } from './gzip.js';
import { linesOf } from './lines.js';
import { Rows, type Table } from './table.js';

/** Which keys of a line hold the numbers and the label, and limits. */
export interface JsonlOptions {
  readonly inputs: string;
  readonly label: string;
  readonly maxUnpackedBytes?: number | undefined;
  readonly maxLineCharacters?: number | undefined;
}

/**
 * Reads a file with one JSON object a line, plain or `.gz`, line by line: `{"inputs": [0.1, 0.2], "label": "cat"}`. Inputs may be nested:
 * two levels are a grey image `[height, width]`, three `[height, width, channels]`.
 *
 * @throws LifelongError `data` with the line, for what is not JSON, has no label, or is not numbers of the shape of the first line;
 * `config` for a file or a line larger than it may be
 */
export async function readJsonl(path: string, options: JsonlOptions): Promise<Table> {
  const rows = new Rows();
  let shape: readonly number[] | undefined;
  let line = 0;
  for await (const content of linesOf(readUnpacked(path, options.maxUnpackedBytes), path, options.maxLineCharacters)) {
    line++;
    if (content.trim() === '') continue;
    const where = `${path}:${line}`;
    const { inputs, label } = parseLine(content, options, where);
    const found = shapeOf(inputs, where);
    shape ??= found;
    if (found.join() !== shape.join())
      throw new LifelongError('data', `${where}: inputs of shape [${shape.join(', ')}] expected, found [${found.join(', ')}]`);
    rows.add(numbersOf(inputs, shape, where), label);
  }
  return rows.table(path, shape?.length === 2 ? [...shape, 1] : shape);
}

function parseLine(content: string, keys: JsonlOptions, where: string): { inputs: readonly unknown[]; label: string | number } {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new LifelongError('data', `${where}: a JSON object expected, found ${content.slice(0, 40)}`, undefined, { cause });
  }
  const record = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const [inputs, label] = [keys.inputs, keys.label].map((key) => (Object.hasOwn(record, key) ? record[key] : undefined));
  if (!Array.isArray(inputs))
    throw new LifelongError('data', `${where}: a list of numbers expected under "${keys.inputs}", found ${typeof inputs}`);
  if (typeof label !== 'string' && typeof label !== 'number')
    throw new LifelongError('data', `${where}: a label expected under "${keys.label}", found ${shown(label)}`);
  if (typeof label === 'number' && Number.isInteger(label) && !Number.isSafeInteger(label)) {
    throw new LifelongError(
      'data',
      `${where}: an integer of up to 53 bits expected under "${keys.label}", found about ${label}`,
      'put quotes around all labels: texts have any length',
    );
  }
  return { inputs, label };
}

/** The shape of nested lists by the first of each: too many levels are refused, as the stack would not hold them. */
function shapeOf(inputs: readonly unknown[], where: string): number[] {
  const shape: number[] = [];
  for (let value: unknown = inputs; Array.isArray(value); value = value[0]) {
    shape.push(value.length);
    if (shape.length > inputLimits.axes)
      throw new LifelongError('data', `${where}: inputs of at most ${inputLimits.axes} levels of lists expected, found more`);
  }
  return shape;
}

function numbersOf(inputs: readonly unknown[], shape: readonly number[], where: string): number[] {
  const values: readonly unknown[] = inputs.flat(shape.length - 1);
  const wrong = values.find((value) => typeof value !== 'number');
  if (wrong !== undefined) throw new LifelongError('data', `${where}: numbers expected in inputs, found ${shown(wrong)}`);
  const expected = lengthOf(shape);
  if (values.length === expected) return values as number[];
  throw new LifelongError('data', `${where}: ${expected} numbers expected for [${shape.join(', ')}], found ${values.length}`);
}
