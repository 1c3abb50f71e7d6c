import { LifelongError } from '../core/errors.js';
import type { ClassName, Split } from '../core/task.js';
import { arraySplit, lengthOf } from './array-split.js';
import { classesOf, indexLabels } from './class-names.js';
import type { Dataset } from './dataset.js';
import { checkFinite } from './finite.js';
import { fingerprint } from './fingerprint.js';

/** Examples as a user has them: one row for each, or one flat row-major array; bytes are read as value / 255. */
export interface UserExamples {
  readonly inputs: Float32Array | Float64Array | Uint8Array | readonly ArrayLike<number>[];
  /** Any integers or strings, one for each example. */
  readonly labels: ArrayLike<ClassName>;
}

/** Data as a user has them. */
export interface UserData {
  readonly train: UserExamples;
  /** Taken out of the training examples when it is not given. */
  readonly validation?: UserExamples;
  readonly test: UserExamples;
  /** In the order that predictions should have; the labels that occur, sorted, by default. May name classes without examples. */
  readonly classes?: readonly ClassName[];
  /** `[height, width, channels]`, `[height, width]` or `[length]`; needed when inputs are flat. */
  readonly inputShape?: readonly number[];
}

/**
 * Checks data in memory and makes a data set of them; inputs become float32.
 *
 * @param where names the data in errors, such as `task "3"`
 * @throws LifelongError `data` when lengths do not fit, a value is not finite, or a label is not among the classes
 */
export function arrayDataset(data: UserData, where: string): Dataset {
  const { train, validation, test } = data;
  const inputShape = shapeOf(data, where);
  const classes = data.classes ?? classesOf(where, ...[train, validation, test].flatMap((part) => (part ? [part.labels] : [])));
  const again = classes.find((name, at) => classes.indexOf(name) !== at);
  if (again !== undefined) throw new LifelongError('data', `${where}: class ${JSON.stringify(again)} is listed twice in classes`);
  const split = (part: UserExamples, name: string): Split => {
    const values = valuesOf(part, inputShape, `${where} ${name}`);
    return arraySplit(inputShape, values, indexLabels(part.labels, classes, `${where} ${name}`));
  };
  let print: string | undefined;
  return {
    name: where,
    classes,
    inputShape,
    train: split(train, 'train'),
    ...(validation ? { validation: split(validation, 'validation') } : {}),
    test: split(test, 'test'),
    get fingerprint() {
      return (print ??= fingerprint(
        JSON.stringify([classes, inputShape]),
        ...[train, validation, test].flatMap((part) => (part ? bytesOf(part) : [])),
      ));
    },
  };
}

function shapeOf({ inputShape, train }: UserData, where: string): readonly number[] {
  if (inputShape) return inputShape.length === 2 ? [...inputShape, 1] : inputShape;
  const [row] = train.inputs;
  if (typeof row === 'object') return [row.length];
  if (Array.isArray(train.inputs)) throw new LifelongError('data', `${where} train: at least one example expected, found none`);
  throw new LifelongError(
    'data',
    `${where}: inputShape expected, because inputs are one flat array of ${train.inputs.length} values`,
    'give inputShape, such as [28, 28, 1], or one row for each example',
  );
}

function valuesOf({ inputs, labels }: UserExamples, shape: readonly number[], where: string): Float32Array | Uint8Array {
  const length = lengthOf(shape);
  const values = isFlat(inputs) ? inputs : flatten(inputs, length, where);
  if (values.length !== labels.length * length) {
    const examples = values.length / length;
    throw new LifelongError(
      'data',
      `${where}: one label for each example expected, found ${labels.length} labels and inputs for ${Number.isInteger(examples) ? examples : examples.toFixed(2)} ` +
        `examples (${values.length} values, ${length} each)`,
    );
  }
  if (values instanceof Uint8Array) return values;
  const floats = values instanceof Float32Array ? values : Float32Array.from(values);
  checkFinite(floats, length, where);
  return floats;
}

function bytesOf({ inputs, labels }: UserExamples): (string | Uint8Array)[] {
  const values = isFlat(inputs) ? new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength) : JSON.stringify(inputs);
  return [values, JSON.stringify(Array.from(labels))];
}

const isFlat = (inputs: UserExamples['inputs']): inputs is Float32Array | Float64Array | Uint8Array => ArrayBuffer.isView(inputs);

function flatten(rows: readonly ArrayLike<number>[], length: number, where: string): Float32Array {
  const values = new Float32Array(rows.length * length);
  rows.forEach((row, i) => {
    if (row.length !== length) throw new LifelongError('data', `${where}: ${length} values expected in sample ${i}, found ${row.length}`);
    values.set(row, i * length);
  });
  return values;
}
