import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { LifelongError } from '../../core/errors.js';
import { shown } from '../../core/shown.js';
import type { ClassName } from '../../core/task.js';
import { inputLimits } from '../input-limits.js';
import { readUnpacked } from './gzip.js';
import { longLine } from './lines.js';
import { Rows, type Table } from './table.js';

export interface CsvOptions {
  /** Name of the label column. */
  readonly label: string;
  /** Names of the number columns, in this order; all but the label by default. */
  readonly features?: readonly string[] | undefined;
  readonly delimiter: string;
  /** False when the file starts with data: columns are then called 0, 1, 2, … */
  readonly header: boolean;
  readonly maxUnpackedBytes?: number | undefined;
  readonly maxLineCharacters?: number | undefined;
}

/**
 * Reads a CSV file, plain or `.gz`, row by row. Labels that all are integers become numbers.
 *
 * @throws LifelongError `data` with the line, for a text in a number column, a missing label, a row of another length, or two columns of one name;
 * `config` for a label among the features, one of them named twice, or a file or line larger than it may be
 */
export async function readCsv(path: string, options: CsvOptions): Promise<Table> {
  const { delimiter, maxUnpackedBytes, maxLineCharacters = inputLimits.lineCharacters } = options;
  const records = pipeline(
    Readable.from(readUnpacked(path, maxUnpackedBytes)),
    parse({ bom: true, delimiter, info: true, skip_empty_lines: true, trim: true, max_record_size: maxLineCharacters }),
    () => undefined,
  );
  const rows = new Rows();
  let columns: Columns | undefined;
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const isHeader = !columns && options.header;
      columns ??= findColumns(isHeader ? record : record.map((_, column) => String(column)), options, path);
      if (!isHeader) addRow(rows, record, columns, `${path}:${info.lines}`);
    }
  } catch (cause) {
    throw notCsv(path, cause, maxLineCharacters);
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
  const places = new Map<string, number[]>();
  header.forEach((name, at) => {
    const known = places.get(name);
    if (known) known.push(at);
    else places.set(name, [at]);
  });
  const find = (name: string): number => {
    const [column, ...others] = places.get(name) ?? [];
    if (column !== undefined && others.length === 0) return column;
    throw column === undefined ? noColumn(name, header, path) : severalColumns(name, [column, ...others], path);
  };
  const labelColumn = find(label);
  if (features) refuseTwice(features, label);
  const names = features ?? header.filter((_, column) => column !== labelColumn);
  if (names.length === 0) throw new LifelongError('data', `${path}:1: at least one column of numbers expected besides "${label}"`);
  return { label: labelColumn, features: names.map((name) => [name, find(name)]) };
}

function refuseTwice(features: readonly string[], label: string): void {
  const seen = new Set([label]);
  for (const name of features) {
    if (!seen.has(name)) seen.add(name);
    else {
      const found = name === label ? 'the label among them' : 'it twice';
      throw new LifelongError(
        'config',
        `data.features: column "${name}" once and no label expected, found ${found}`,
        'name each column of numbers once',
      );
    }
  }
}

function noColumn(name: string, header: readonly string[], path: string): LifelongError {
  const found = header.slice(0, 20).map((other) => (other.length > 40 ? `${other.slice(0, 39)}…` : other));
  return new LifelongError(
    'data',
    `${path}:1: column "${name}" expected, found ${found.join(', ')}${header.length > found.length ? ', …' : ''}`,
  );
}

/** They may be copies, or one is a second label: only their owner knows. */
const severalColumns = (name: string, places: readonly number[], path: string): LifelongError =>
  new LifelongError(
    'data',
    `${path}:1: one column "${name}" expected, found it at ${places.map((at) => at + 1).join(' and ')}`,
    'give each column a name of its own, or name the others with data.features',
  );

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
        `${where}: a number expected in column "${column}", found ${text === '' ? 'an empty field' : shown(text)}`,
      );
    }),
    name,
  );
}

function notCsv(path: string, cause: unknown, maxLineCharacters: number): unknown {
  if (!(cause instanceof CsvError)) return cause;
  if (cause.code === 'CSV_MAX_RECORD_SIZE') return longLine(path, maxLineCharacters);
  return new LifelongError('data', `${path}: ${cause.message}`, undefined, { cause });
}

const numbersWhereAllAre = (labels: readonly string[]): readonly ClassName[] =>
  labels.every((label) => /^-?(0|[1-9]\d{0,14})$/.test(label)) ? labels.map(Number) : labels;
