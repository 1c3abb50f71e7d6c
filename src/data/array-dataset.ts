import { LifelongError } from '../core/errors.js';
import type { Domain, Input, InputValues } from '../core/input.js';
import type { ClassName, Split } from '../core/task.js';
import { arraySplit, lengthOf } from './array-split.js';
import { classFingerprints, type ClassifiedValues } from './class-fingerprints.js';
import { classesOf, classKey, classNotes, indexLabels } from './class-names.js';
import type { Dataset } from './dataset.js';
import { fingerprint } from './fingerprint.js';
import { dtypeOfInputs, inputsOf, isFlat, type UserInputs } from './user-inputs.js';

/** Examples as a user has them. */
export interface UserExamples {
  readonly inputs: UserInputs;
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
  /** What examples are; their shape says it unless given. */
  readonly domain?: Domain;
  /** `[height, width, channels]`, `[height, width]` or `[length]`; needed when inputs are flat. */
  readonly inputShape?: readonly number[];
}

/**
 * Checks data in memory and makes a data set of them; inputs become float32, but for `Int32Array`s of whole numbers, which stay such.
 *
 * @param where names the data in errors, such as `task "3"`
 * @throws LifelongError `data` when lengths do not fit, a value is not finite, or a label is not among the classes
 */
export function arrayDataset(data: UserData, where: string): Dataset {
  const { train, validation, test } = data;
  const inputShape = shapeOf(data, where);
  const dtype = dtypeOfInputs(train.inputs);
  const classes = data.classes ?? classesOf(where, ...[train, validation, test].flatMap((part) => (part ? [part.labels] : [])));
  const keys = classes.map(classKey);
  const again = classes.find((_, at) => keys.indexOf(keys[at] as ClassName) !== at);
  if (again !== undefined) throw new LifelongError('data', `${where}: class ${JSON.stringify(again)} is listed twice in classes`);
  const check = (part: UserExamples, name: string) => ({
    values: valuesOf(part, { shape: inputShape, dtype }, `${where} ${name}`),
    labels: indexLabels(part.labels, classes, `${where} ${name}`),
    given: part.labels,
  });
  const split = ({ values, labels }: ClassifiedValues): Split => arraySplit(inputShape, values, labels);
  const parts = [check(train, 'train'), validation && check(validation, 'validation'), check(test, 'test')] as const;
  let print: string | undefined;
  const notes = classNotes(classes, ...parts.flatMap((part) => (part ? [{ labels: part.given, indices: part.labels }] : [])));
  return {
    name: where,
    classes,
    inputShape,
    ...(data.domain && { domain: data.domain }),
    dtype,
    train: split(parts[0]),
    ...(parts[1] ? { validation: split(parts[1]) } : {}),
    test: split(parts[2]),
    classFingerprints: () => classFingerprints(classes.length, parts, lengthOf(inputShape)),
    ...(notes.length > 0 && { notes: () => notes }),
    get fingerprint() {
      return (print ??= fingerprint(
        JSON.stringify([classes, inputShape]),
        ...[train, validation, test].flatMap((part) => (part ? bytesOf(part) : [])),
      ));
    },
  };
}

function shapeOf(data: UserData, where: string): readonly number[] {
  const shape = givenShape(data, where);
  const isKnown = shape.length === 1 || shape.length === 3 || data.domain !== undefined;
  if (isKnown && shape.every((size) => Number.isInteger(size) && size > 0)) return shape;
  throw new LifelongError(
    'data',
    `${where}: vectors [length] or images [height, width, channels] expected, found examples of shape [${shape.join(', ')}]`,
  );
}

function givenShape({ inputShape, domain = 'image', train }: UserData, where: string): readonly number[] {
  if (inputShape) return inputShape.length === 2 && domain === 'image' ? [...inputShape, 1] : inputShape;
  const [row] = train.inputs;
  if (typeof row === 'object') return [row.length];
  if (Array.isArray(train.inputs)) throw new LifelongError('data', `${where} train: at least one example expected, found none`);
  throw new LifelongError(
    'data',
    `${where}: inputShape expected, because inputs are one flat array of ${train.inputs.length} values`,
    'give inputShape, such as [28, 28, 1], or one row for each example',
  );
}

function valuesOf(
  { inputs, labels }: UserExamples,
  { shape, dtype }: Pick<Input, 'shape' | 'dtype'>,
  where: string,
): InputValues | Uint8Array {
  const length = lengthOf(shape);
  const values = inputsOf(inputs, length, dtype, where);
  if (values.length !== labels.length * length) {
    const examples = values.length / length;
    throw new LifelongError(
      'data',
      `${where}: one label for each example expected, found ${labels.length} labels and inputs for ${Number.isInteger(examples) ? examples : examples.toFixed(2)} ` +
        `examples (${values.length} values, ${length} each)`,
    );
  }
  return values;
}

function bytesOf({ inputs, labels }: UserExamples): (string | Uint8Array)[] {
  const values = isFlat(inputs) ? new Uint8Array(inputs.buffer, inputs.byteOffset, inputs.byteLength) : JSON.stringify(inputs);
  return [values, JSON.stringify(Array.from(labels))];
}
