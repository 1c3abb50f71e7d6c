import { LifelongError } from '../../core/errors.js';
import type { ClassName } from '../../core/task.js';
import { arrayDataset } from '../array-dataset.js';
import { lengthOf } from '../array-split.js';
import type { Dataset } from '../dataset.js';
import { FloatDigits } from '../float-digits.js';
import { holdOut } from '../hold-out.js';
import { scaleValues } from '../scale-values.js';

/** Labelled examples of one file. */
export interface Table {
  /** Of one example. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly inputs: Float32Array | Float64Array | Uint8Array;
  readonly labels: ArrayLike<ClassName>;
}

/** Rows of numbers as they come, in one growing array. */
export class Rows {
  #values = new Float32Array(1024);
  #filled = 0;
  #length = 0;
  readonly #labels: ClassName[] = [];
  readonly #digits = new FloatDigits();

  add(row: readonly number[], label: ClassName): void {
    this.#length = row.length;
    if (this.#filled + row.length > this.#values.length) {
      const larger = new Float32Array(Math.max(2 * this.#values.length, this.#filled + row.length));
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
    return { shape, inputs: this.#values.slice(0, this.#filled), labels: this.#labels };
  }
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
  const scaled = ({ inputs, labels }: Table) => ({ inputs: scaleValues(inputs, options.scale), labels });
  const none = { inputs: new Float32Array(0), labels: [] };
  const arrays = arrayDataset(
    { train: scaled(train), ...(validation ? { validation: scaled(validation) } : {}), test: test ? scaled(test) : none, inputShape },
    name,
  );
  const data = Object.assign(arrays, options.scale !== undefined && { scale: options.scale });
  return test ? data : holdOut(data, options.testShare);
}
