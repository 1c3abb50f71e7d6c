import { LifelongError } from '../../core/errors.js';
import type { ClassName } from '../../core/task.js';
import { arrayDataset } from '../array-dataset.js';
import { lengthOf } from '../array-split.js';
import type { Dataset } from '../dataset.js';
import type { FileExamples } from '../file-examples.js';
import { FloatDigits, isInFloatRange } from '../float-digits.js';
import { holdOut } from '../hold-out.js';
import { scaleValues } from '../scale-values.js';

/** Labelled examples of one file. */
export interface Table extends FileExamples {
  readonly labels: ArrayLike<ClassName>;
  /** Names of the columns of numbers, where they have names. */
  readonly columns?: readonly string[];
}

/** Rows of numbers as they come, in one growing array. */
export class Rows {
  #values = new Float64Array(1024);
  #filled = 0;
  #length = 0;
  readonly #labels: ClassName[] = [];
  readonly #digits = new FloatDigits();

  add(row: readonly number[], label: ClassName): void {
    this.#length = row.length;
    if (this.#filled + row.length > this.#values.length) {
      const larger = new Float64Array(Math.max(2 * this.#values.length, this.#filled + row.length));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#digits.add(row);
    this.#values.set(row, this.#filled);
    this.#filled += row.length;
    this.#labels.push(label);
  }

  /**
   * @param names of the columns, for errors
   * @throws LifelongError `data` when there are no rows, or a column has no digits left as float32
   */
  table(path: string, shape: readonly number[] = [this.#length], names?: readonly string[]): Table {
    if (this.#labels.length === 0) throw new LifelongError('data', `${path}: at least one row of data expected, found none`);
    this.#digits.check(path, names);
    return { shape, inputs: narrowest(this.#values.subarray(0, this.#filled)), labels: this.#labels };
  }
}

/** As float32 where its range has them all; else a scale may still bring them there. */
function narrowest(values: Float64Array): Float32Array | Float64Array {
  return values.every(isInFloatRange) ? Float32Array.from(values) : values.slice();
}

export interface TableOptions {
  /** Shape of an example, where it is not as the file has it: `[8, 8, 1]` makes images of rows of 64. */
  readonly shape?: readonly number[] | undefined;
  /** Every value is multiplied by it, such as 0.0625 for pixels of 0 to 16. */
  readonly scale?: number | undefined;
  readonly testShare: number;
}

/**
 * A data set of tables; without a test table a share of each class is held out.
 *
 * @throws LifelongError `data` when tables do not fit each other, or a value is not finite
 */
export async function tableDataset(
  name: string,
  parts: { train: Table; validation?: Table | undefined; test?: Table | undefined },
  options: TableOptions,
): Promise<Dataset> {
  const { train, validation, test } = parts;
  const inputShape = options.shape ?? train.shape;
  for (const [part, table] of Object.entries({ train, validation, test })) {
    if (!table || lengthOf(table.shape) === lengthOf(inputShape)) continue;
    throw new LifelongError(
      'data',
      `${name} ${part}: examples of shape [${inputShape.join(', ')}] expected, found [${table.shape.join(', ')}]`,
    );
  }
  const scaled = ({ inputs, labels }: Table) => ({
    inputs: inputs instanceof Int32Array ? inputs : scaleValues(inputs, options.scale),
    labels,
  });
  const none = { inputs: new Float32Array(0), labels: [] };
  const [inTrain, inValidation, inTest] = ofOneKind([train, validation, test]);
  const arrays = arrayDataset(
    {
      train: scaled(inTrain ?? train),
      ...(inValidation ? { validation: scaled(inValidation) } : {}),
      test: inTest ? scaled(inTest) : none,
      inputShape,
    },
    name,
  );
  const notes = [...[train, validation, test].flatMap((table) => table?.notes ?? []), ...(arrays.notes?.() ?? [])];
  const data = Object.assign(arrays, {
    ...(options.scale !== undefined && { scale: options.scale }),
    ...(train.columns && { reading: { source: name, features: train.columns } }),
    ...(notes.length > 0 && { notes: () => notes }),
  });
  return test ? data : holdOut(data, options.testShare);
}

/** Labels of files of text, where they are numbers only in some of them, as texts in all: `7` of one file is `7` of another. */
function ofOneKind(tables: readonly (Table | undefined)[]): readonly (Table | undefined)[] {
  const areTexts = (table: Table | undefined) => table && Array.from(table.labels).some((label) => typeof label === 'string');
  if (!tables.some(areTexts)) return tables;
  return tables.map((table) => (table?.columns ? { ...table, labels: Array.from(table.labels, String) } : table));
}
