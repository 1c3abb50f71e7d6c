import { basename } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { composed } from '../../core/composed.js';
import { LifelongError } from '../../core/errors.js';
import { shown } from '../../core/shown.js';
import { inputLimits } from '../input-limits.js';
import { numbersWhereAllAre } from '../number-labels.js';
import { Rows, type Table } from './table.js';
import { longLine, textPieces, type TextLimits } from './text-file.js';

export interface CsvOptions {
  /** Name of the label column. */
  readonly label: string;
  /** Names of the number columns, in this order; all but the label by default. */
  readonly features?: readonly string[] | undefined;
  /** Whether the file may have columns besides the features: those that training has not are left out, and said. */
  readonly more?: boolean;
  /** False where the label column may be missing. */
  readonly labelled?: boolean;
  readonly delimiter: string;
  /** False when the file starts with data: columns are then called 0, 1, 2, … */
  readonly header: boolean;
  readonly maxUnpackedBytes?: number | undefined;
  readonly maxLineCharacters?: number | undefined;
}

/**
 * Reads a CSV file, plain or gzip, row by row. Labels that all are integers become numbers.
 *
 * @throws LifelongError `data` with the line, for a text in a number column, a missing label, a row of another length, or two columns of one name;
 * `config` for a label among the features, one of them named twice, or a file or line larger than it may be
 */
export async function readCsv(path: string, options: CsvOptions): Promise<Table> {
  const rows = new Rows();
  let columns: Columns | undefined;
  for await (const { record, line } of csvRecords(path, options)) {
    const isHeader = !columns && options.header;
    columns ??= findColumns(isHeader ? record : record.map((_, column) => String(column)), options, path);
    if (!isHeader) addRow(rows, record, columns, `${path}:${line}`);
  }
  const names = columns?.features.map(([name]) => name) ?? [];
  const table = rows.table(path, undefined, names);
  const leftOut = columns?.leftOut ?? [];
  return {
    ...table,
    labels: numbersWhereAllAre(Array.from(table.labels, String)),
    columns: names,
    ...(leftOut.length > 0 && { notes: [`${basename(path)}: columns that training has not are left out: ${leftOut.join(', ')}`] }),
  };
}

/** How the fields of a CSV file are told from one another, and what it may take. */
export type CsvForm = Pick<CsvOptions, 'delimiter'> & TextLimits;

/**
 * The records of a CSV file as texts, without blanks around them, with the line where each ends.
 *
 * @throws LifelongError `data` for a record of another length than the first, `config` for a file or record larger than it may be
 */
export async function* csvRecords(
  path: string,
  { delimiter, maxLineCharacters = inputLimits.lineCharacters, ...how }: CsvForm,
): AsyncGenerator<{ readonly record: readonly string[]; readonly line: number }> {
  const records = pipeline(
    Readable.from(textPieces(path, how)),
    parse({ delimiter, info: true, skip_empty_lines: true, trim: true, max_record_size: maxLineCharacters }),
    () => undefined,
  );
  try {
    for await (const { record, info } of records as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { record, line: info.lines };
    }
  } catch (cause) {
    throw notCsv(path, cause, maxLineCharacters);
  }
}

interface Columns {
  /** -1 where there is none. */
  readonly label: number;
  readonly features: readonly (readonly [name: string, column: number])[];
  readonly leftOut: readonly string[];
}

function findColumns(header: readonly string[], options: CsvOptions, path: string): Columns {
  const { label, features, more = false, labelled = true } = options;
  if (!labelled && !options.header && features?.length === header.length) {
    return { label: -1, features: features.map((name, column) => [name, column]), leftOut: [] }; // columns have no names, and none is a label
  }
  const places = new Map<string, number[]>();
  header.forEach((name, at) => {
    const known = places.get(composed(name));
    if (known) known.push(at);
    else places.set(composed(name), [at]);
  });
  const find = (name: string): number => {
    const [column, ...others] = places.get(composed(name)) ?? [];
    if (column !== undefined && others.length === 0) return column;
    throw column === undefined ? noColumn(name, header, path) : severalColumns(name, [column, ...others], path);
  };
  const labelColumn = labelled || places.has(composed(label)) ? find(label) : -1;
  if (features) refuseTwice(features, label);
  const names = features ?? header.filter((_, column) => column !== labelColumn);
  if (names.length === 0) throw new LifelongError('data', `${path}:1: at least one column of numbers expected besides "${label}"`);
  const known = new Set([label, ...names].map(composed));
  return {
    label: labelColumn,
    features: names.map((name) => [name, find(name)]),
    leftOut: more ? header.filter((name) => !known.has(composed(name))) : [],
  };
}

function refuseTwice(features: readonly string[], label: string): void {
  const seen = new Set([composed(label)]);
  for (const name of features) {
    if (!seen.has(composed(name))) seen.add(composed(name));
    else {
      const found = composed(name) === composed(label) ? 'the label among them' : 'it twice';
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
  if (name === '' && label >= 0) throw new LifelongError('data', `${where}: a label expected, found an empty field`);
  rows.add(
    features.map(([column, at]) => {
      const text = record[at] ?? '';
      if (decimal.test(text) && Number.isFinite(Number(text))) return Number(text);
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

/** A number as people write it: what else JavaScript would take, such as 0x1F, is text. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
