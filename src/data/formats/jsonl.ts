import { isMap, isScalar, parseDocument } from 'yaml';
import { LifelongError } from '../../core/errors.js';
import { shown } from '../../core/shown.js';
import type { ClassName } from '../../core/task.js';
import { nestedNumbers } from '../nested-numbers.js';
import { Rows, type Table } from './table.js';
import { textLines, type TextLimits } from './text-file.js';

/** Which keys of a line hold the numbers and the label, and limits. */
export interface JsonlOptions {
  readonly inputs: string;
  readonly label: string;
  readonly maxUnpackedBytes?: number | undefined;
  readonly maxLineCharacters?: number | undefined;
  /** False where labels may be missing. */
  readonly labelled?: boolean;
}

/**
 * Reads a file with one JSON object a line, plain or gzip, line by line: `{"inputs": [0.1, 0.2], "label": "cat"}`. Inputs may be nested:
 * two levels are a grey image `[height, width]`, three `[height, width, channels]`.
 *
 * @throws LifelongError `data` with the line, for what is not JSON, has no label, or is not numbers of the shape of the first line;
 * `config` for a file or a line larger than it may be
 */
export async function readJsonl(path: string, options: JsonlOptions): Promise<Table> {
  const rows = new Rows();
  let shape: readonly number[] | undefined;
  const { inputs: key, labelled = true } = options;
  for await (const { values, label, where } of jsonlRecords(path, [key], options)) {
    const [inputs] = values;
    if (!Array.isArray(inputs))
      throw new LifelongError('data', `${where}: a list of numbers expected under "${key}", found ${typeof inputs}`);
    const found = nestedNumbers(inputs, where);
    shape ??= found.shape;
    if (found.shape.join() !== shape.join())
      throw new LifelongError('data', `${where}: inputs of shape [${shape.join(', ')}] expected, found [${found.shape.join(', ')}]`);
    rows.add(found.numbers, labelled ? checkedLabel(label, options.label, where) : '');
  }
  return rows.table(path, shape?.length === 2 ? [...shape, 1] : shape);
}

/** What a line has under some keys; undefined for one that is not there. */
export interface JsonlRecord {
  readonly values: readonly unknown[];
  readonly label: unknown;
  /** File and line. */
  readonly where: string;
}

/**
 * The objects of a file with one a line.
 *
 * @param keys whose values are wanted
 * @throws LifelongError `data` with the line, for what is not JSON or has one of the keys twice
 */
export async function* jsonlRecords(
  path: string,
  keys: readonly string[],
  { label, ...limits }: { readonly label: string } & TextLimits,
): AsyncGenerator<JsonlRecord> {
  let line = 0;
  for await (const content of textLines(path, limits)) {
    line++;
    if (content.trim() === '') continue;
    const where = `${path}:${line}`;
    let value: unknown;
    try {
      value = JSON.parse(content);
    } catch (cause) {
      throw new LifelongError('data', `${where}: a JSON object expected, found ${content.slice(0, 40)}`, undefined, { cause });
    }
    const twice = [...keys, label].find((key) => isTwice(content, key));
    if (twice !== undefined) throw new LifelongError('data', `${where}: key "${twice}" once expected, found it twice`);
    const record = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
    const under = (key: string) => (Object.hasOwn(record, key) ? record[key] : undefined);
    yield { values: keys.map(under), label: under(label), where };
  }
}

/** @throws LifelongError `data` for what is no label */
export function checkedLabel(label: unknown, key: string, where: string): ClassName {
  if (typeof label !== 'string' && typeof label !== 'number')
    throw new LifelongError('data', `${where}: a label expected under "${key}", found ${shown(label)}`);
  if (typeof label === 'number' && Number.isInteger(label) && !Number.isSafeInteger(label)) {
    throw new LifelongError(
      'data',
      `${where}: an integer of up to 53 bits expected under "${key}", found about ${label}`,
      'put quotes around all labels: texts have any length',
    );
  }
  return label;
}

/** Whether an object has a key several times, of which JSON.parse takes the last. */
function isTwice(content: string, key: string): boolean {
  if (content.split(JSON.stringify(key)).length < 3) return false; // also where it is a value; then it is looked at closely
  const { contents } = parseDocument(content, { uniqueKeys: false });
  return isMap(contents) && contents.items.filter((pair) => isScalar(pair.key) && pair.key.value === key).length > 1;
}
