import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { composed } from '../../core/composed.js';
import { LifelongError } from '../../core/errors.js';
import type { ClassName } from '../../core/task.js';
import { unreadable } from '../files.js';
import { Rows, type Table } from './table.js';
import { textPieces } from './text-file.js';

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
}

/**
 * Reads a CSV file, plain or gzip, row by row. Labels that all are integers become numbers.
 *
 * @throws LifelongError `data` with the line, for a text in a number column, a missing label, a row of another length, or two columns of one name;
 * `config` for a label among the features, or one of them named twice
 */
export async function readCsv(path: string, options: CsvOptions): Promise<Table> {
  const records = parse({ delimiter: options.delimiter, info: true, skip_empty_lines: true, trim: true });
  const text = Readable.from(textPieces(path)).on('error', (error) => records.destroy(error));
  const rows = new Rows();
  let columns: Columns | undefined;
  try {
    for await (const { record, info } of text.pipe(records) as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const isHeader = !columns && options.header;
      columns ??= findColumns(isHeader ? record : record.map((_, column) => String(column)), options, path);
      if (!isHeader) addRow(rows, record, columns, `${path}:${info.lines}`);
    }
  } catch (cause) {
    throw cause instanceof LifelongError ? cause : notCsv(path, cause);
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

interface Columns {
  /** -1 where there is none. */
  readonly label: number;
  readonly features: readonly (readonly [name: string, column: number])[];
  readonly leftOut: readonly string[];
}

function findColumns(header: readonly string[], options: CsvOptions, path: string): Columns {
  const { label, features, more = false, labelled = true } = options;
  const find = (name: string): number => {
    const column = header.findIndex((other) => composed(other) === composed(name));
    refuseSeveral(name, header, path);
    if (column >= 0) return column;
    throw new LifelongError(
      'data',
      `${path}:1: column "${name}" expected, found ${header.slice(0, 20).join(', ')}${header.length > 20 ? ', …' : ''}`,
    );
  };
  if (!labelled && !options.header && features?.length === header.length) {
    return { label: -1, features: features.map((name, column) => [name, column]), leftOut: [] }; // columns have no names, and none is a label
  }
  const isLabel = (name: string): boolean => composed(name) === composed(label);
  const labelColumn = labelled || header.some(isLabel) ? find(label) : -1;
  const names = features ?? header.filter((_, column) => column !== labelColumn);
  if (names.length === 0) throw new LifelongError('data', `${path}:1: at least one column of numbers expected besides "${label}"`);
  const twice = names.find((name, at) => isLabel(name) || names.indexOf(name) < at);
  if (features && twice !== undefined) {
    const found = isLabel(twice) ? 'the label among them' : 'it twice';
    throw new LifelongError(
      'config',
      `data.features: column "${twice}" once and no label expected, found ${found}`,
      'name each column of numbers once',
    );
  }
  return {
    label: labelColumn,
    features: names.map((name) => [name, find(name)]),
    leftOut: more ? header.filter((name) => !isLabel(name) && !names.some((known) => composed(known) === composed(name))) : [],
  };
}

/** Two columns of one name may be copies, or a second label: only their owner knows. */
function refuseSeveral(name: string, header: readonly string[], path: string): void {
  const places = header.flatMap((other, at) => (composed(other) === composed(name) ? [at + 1] : []));
  if (places.length < 2) return;
  throw new LifelongError(
    'data',
    `${path}:1: one column "${name}" expected, found it at ${places.join(' and ')}`,
    'give each column a name of its own, or name the others with data.features',
  );
}

function addRow(rows: Rows, record: readonly string[], { label, features }: Columns, where: string): void {
  const name = record[label] ?? '';
  if (name === '' && label >= 0) throw new LifelongError('data', `${where}: a label expected, found an empty field`);
  rows.add(
    features.map(([column, at]) => {
      const text = record[at] ?? '';
      if (decimal.test(text) && Number.isFinite(Number(text))) return Number(text);
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

/** A number as people write it: what else JavaScript would take, such as 0x1F, is text. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Labels as numbers where each of them is the text of an integer that a double holds exactly. */
function numbersWhereAllAre(labels: readonly string[]): readonly ClassName[] {
  return labels.every((label) => /^(0|-?[1-9]\d*)$/.test(label) && Number.isSafeInteger(Number(label))) ? labels.map(Number) : labels;
}
