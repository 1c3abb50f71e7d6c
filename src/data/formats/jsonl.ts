import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { LifelongError } from '../../core/errors.js';
import { lengthOf } from '../array-split.js';
import { unreadable } from '../files.js';
import { Rows, type Table } from './table.js';

/** Which keys of a line hold the numbers and the label. */
export interface JsonlOptions {
  readonly inputs: string;
  readonly label: string;
}

/**
 * Reads a file with one JSON object a line, plain or `.gz`, line by line: `{"inputs": [0.1, 0.2], "label": "cat"}`. Inputs may be nested:
 * two levels are a grey image `[height, width]`, three `[height, width, channels]`.
 *
 * @throws LifelongError `data` with the line, for what is not JSON, has no label, or is not numbers of the shape of the first line
 */
export async function readJsonl(path: string, options: JsonlOptions): Promise<Table> {
  const file = createReadStream(path);
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  const rows = new Rows();
  let shape: readonly number[] | undefined;
  let line = 0;
  const failed = new Promise<never>((_, reject) => {
    for (const stream of [file, text])
      stream.on('error', (cause: Error) => {
        reject(unreadable(path, cause));
      });
  });
  const read = async (): Promise<void> => {
    for await (const content of createInterface({ input: text, crlfDelay: Infinity })) {
      line++;
      if (content.trim() === '') continue;
      const { inputs, label } = parseLine(line === 1 ? content.replace(/^\uFEFF/, '') : content, options, `${path}:${line}`);
      const found = shapeOf(inputs);
      shape ??= found;
      if (found.join() !== shape.join())
        throw new LifelongError('data', `${path}:${line}: inputs of shape [${shape.join(', ')}] expected, found [${found.join(', ')}]`);
      rows.add(numbersOf(inputs, shape, `${path}:${line}`), label);
    }
  };
  await Promise.race([read(), failed]);
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
    throw new LifelongError('data', `${where}: a label expected under "${keys.label}", found ${String(label)}`);
  if (typeof label === 'number' && Number.isInteger(label) && !Number.isSafeInteger(label)) {
    throw new LifelongError(
      'data',
      `${where}: an integer of up to 53 bits expected under "${keys.label}", found about ${label}`,
      'put quotes around all labels: texts have any length',
    );
  }
  return { inputs, label };
}

const shapeOf = (value: unknown): number[] => (Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []);

function numbersOf(inputs: readonly unknown[], shape: readonly number[], where: string): number[] {
  const values: readonly unknown[] = inputs.flat(shape.length - 1);
  const wrong = values.find((value) => typeof value !== 'number');
  if (wrong !== undefined) throw new LifelongError('data', `${where}: numbers expected in inputs, found ${JSON.stringify(wrong)}`);
  const expected = lengthOf(shape);
  if (values.length === expected) return values as number[];
  throw new LifelongError('data', `${where}: ${expected} numbers expected for [${shape.join(', ')}], found ${values.length}`);
}
