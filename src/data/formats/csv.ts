import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { LifelongError } from '../../core/errors.js';
import type { ClassName } from '../../core/task.js';
import { unreadable } from '../files.js';
import { Rows, type Table } from './table.js';

export interface CsvOptions {
  /** Name of the label column. */
  readonly label: string;
  /** Names of the number columns, in this order; all but the label by default. */
  readonly features?: readonly string[] | undefined;
  readonly delimiter: string;
  /** False when the file starts with data: columns are then called 0, 1, 2, … */
  readonly header: boolean;
}

/**
 * Reads a CSV file, plain or `.gz`, row by row. Labels that all are integers become numbers.
 *
 * @throws LifelongError `data` with the line, for a text in a number column, a missing label, a row of another length, or two columns of one name;
 * `config` for a label among the features, or one of them named twice
 */
export async function readCsv(path: string, options: CsvOptions): Promise<Table> {
  const file = createReadStream(path);
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  const records = text.pipe(parse({ bom: true, delimiter: options.delimiter, info: true, skip_empty_lines: true, trim: true }));
  file.on('error', (error) => records.destroy(error));
  if (text !== file) text.on('error', (error: Error) => records.destroy(error));
  const rows = new Rows();
  let columns: Columns | undefined;
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const isHeader = !columns && options.header;
      columns ??= findColumns(isHeader ? record : record.map((_, column) => String(column)), options, path);
      if (!isHeader) addRow(rows, record, columns, `${path}:${info.lines}`);
    }
  } catch (cause) {
    throw cause instanceof LifelongError ? cause : notCsv(path, cause);
  }
  const table = rows.table(
    path,
    undefined,
    columns?.features.map(([name]) => name),
  );
  return { ...table, labels: numbersWhereAllAre(Array.from(table.labels, String)) };
}

interface Columns {
  readonly label: number;
  readonly features: readonly (readonly [name: string, column: number])[];
}

function findColumns(header: readonly string[], { label, features }: CsvOptions, path: string): Columns {
  const find = (name: string): number => {
    const column = header.indexOf(name);
    refuseSeveral(name, header, path);
    if (column >= 0) return column;
    throw new LifelongError(
      'data',
      `${path}:1: column "${name}" expected, found ${header.slice(0, 20).join(', ')}${header.length > 20 ? ', …' : ''}`,
    );
  };
  const labelColumn = find(label);
  const names = features ?? header.filter((_, column) => column !== labelColumn);
  if (names.length === 0) throw new LifelongError('data', `${path}:1: at least one column of numbers expected besides "${label}"`);
  const twice = names.find((name, at) => name === label || names.indexOf(name) < at);
  if (features && twice !== undefined) {
    const found = twice === label ? 'the label among them' : 'it twice';
    throw new LifelongError(
      'config',
      `data.features: column "${twice}" once and no label expected, found ${found}`,
      'name each column of numbers once',
    );
  }
  return { label: labelColumn, features: names.map((name) => [name, find(name)]) };
}

/** Two columns of one name may be copies, or a second label: only their owner knows. */
function refuseSeveral(name: string, header: readonly string[], path: string): void {
  const places = header.flatMap((other, at) => (other === name ? [at + 1] : []));
  if (places.length < 2) return;
  throw new LifelongError(
    'data',
    `${path}:1: one column "${name}" expected, found it at ${places.join(' and ')}`,
    'give each column a name of its own, or name the others with data.features',
  );
}

function addRow(rows: Rows, record: readonly string[], { label, features }: Columns, where: string): void {
  const name = record[label] ?? '';
  if (name === '') throw new LifelongError('data', `${where}: a label expected, found an empty field`);
  rows.add(
    features.map(([column, at]) => {
      const text = record[at] ?? '';
      const value = text === '' ? NaN : Number(text);
      if (Number.isFinite(value)) return value;
      throw new LifelongError(
        'data',
        `${where}: a number expected in column "${column}", found ${text === '' ? 'an empty field' : `"${text}"`}`,
      );
    }),
    name,
  );
}

function notCsv(path: string, cause: unknown): LifelongError {
  if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_'))
    return new LifelongError('data', `${path}: ${cause.message}`, undefined, { cause });
  return unreadable(path, cause);
}

const numbersWhereAllAre = (labels: readonly string[]): readonly ClassName[] =>
  labels.every((label) => /^-?(0|[1-9]\d{0,14})$/.test(label)) ? labels.map(Number) : labels;
