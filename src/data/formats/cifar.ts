import { basename, join } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import type { ClassName, Split } from '../../core/task.js';
import { arraySplit, lengthOf } from '../array-split.js';
import { classFingerprints, type ClassifiedValues } from '../class-fingerprints.js';
import { classesOf, classKey, indexLabels } from '../class-names.js';
import type { Dataset } from '../dataset.js';
import { exists, readBytes, readText } from '../files.js';
import { fingerprint } from '../fingerprint.js';
import { holdOut } from '../hold-out.js';

const side = 32;
const plane = side * side;
const inputShape = [side, side, 3];

/** Files in the CIFAR binary format: records of label bytes, then 1,024 red, 1,024 green and 1,024 blue bytes, row-major. */
export interface CifarFiles {
  readonly train: readonly string[];
  /** Files, or the share of training samples that are held out. */
  readonly test: readonly string[] | number;
  /** Label bytes of a record, and which of them is the class: CIFAR-10 has one; CIFAR-100 has the coarse, then the fine. */
  readonly labelBytes: 1 | 2;
  readonly label: number;
  /** Text files with one class name a line; names of the superclasses too, where every record has a coarse label. */
  readonly names?: string;
  readonly coarseNames?: string;
}

/**
 * Reads images in the CIFAR-10 or CIFAR-100 binary format.
 *
 * @throws LifelongError `data` when a file is missing, is not a whole number of records, has a label without a name, or two of one name
 */
export async function readCifar(name: string, files: CifarFiles): Promise<Dataset> {
  const record = files.labelBytes + 3 * plane;
  const read = async (paths: readonly string[]) => joinBytes(await Promise.all(paths.map((path) => readRecords(path, record))));
  const [train, test] = await Promise.all([read(files.train), typeof files.test === 'number' ? new Uint8Array(0) : read(files.test)]);
  const labels = (bytes: Uint8Array, label = files.label) =>
    Uint8Array.from({ length: bytes.length / record }, (_, i) => bytes[i * record + label] as number);
  const numbers = classesOf(name, labels(train), labels(test));
  const names = files.names === undefined ? undefined : await readNames(files.names);
  const again = names && repeated(names);
  if (again !== undefined) throw new LifelongError('data', `${files.names ?? ''}: different class names expected, found "${again}" twice`);
  const unnamed = names && numbers.find((number) => names[Number(number)] === undefined);
  if (unnamed !== undefined) {
    throw new LifelongError('data', `${files.names ?? ''}: a name for label ${unnamed} expected, found ${names?.length ?? 0} names`);
  }
  const numbered = names ? names.map((_, i) => i) : numbers;
  const indexed = (bytes: Uint8Array) => ({
    values: pixels(bytes, record, files.labelBytes),
    labels: indexLabels(labels(bytes), numbered, name),
  });
  const parts = [indexed(train), indexed(test)] as const;
  const split = ({ values, labels: indices }: ClassifiedValues): Split => arraySplit(inputShape, values, indices);
  const superclasses =
    files.labelBytes === 2 && files.label === 1 ? await superclassesOf(name, train, record, numbered, files.coarseNames) : undefined;
  const data: Dataset = {
    name,
    classes: names ?? numbers,
    inputShape,
    train: split(parts[0]),
    test: split(parts[1]),
    classFingerprints: () => classFingerprints(numbered.length, parts, lengthOf(inputShape)),
    ...(superclasses ? { superclasses } : {}),
    fingerprint: fingerprint(train, test, JSON.stringify([names ?? numbers])),
  };
  return typeof files.test === 'number' ? holdOut(data, files.test) : data;
}

/** The images of one file. @throws LifelongError `data` when it is not a whole number of records */
export async function readCifarImages(
  path: string,
  labelBytes: 1 | 2,
): Promise<{ readonly shape: readonly number[]; readonly inputs: Uint8Array }> {
  const record = labelBytes + 3 * plane;
  return { shape: inputShape, inputs: pixels(await readRecords(path, record), record, labelBytes) };
}

async function readRecords(path: string, record: number): Promise<Uint8Array> {
  const bytes = await readBytes(path);
  if (bytes.length > 0 && bytes.length % record === 0) return bytes;
  throw new LifelongError(
    'data',
    `${path}: records of ${record} bytes expected, found ${bytes.length} bytes (${(bytes.length / record).toFixed(2)} records)`,
    'the file is cut off, or of the other CIFAR format',
  );
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only ? only : Buffer.concat(parts);
}

/** `[n, 32, 32, 3]` from records with one plane for each colour. */
function pixels(bytes: Uint8Array, record: number, labelBytes: number): Uint8Array {
  const count = bytes.length / record;
  const values = new Uint8Array(count * 3 * plane);
  for (let n = 0, to = 0; n < count; n++) {
    const start = n * record + labelBytes;
    for (let p = start; p < start + plane; p++) {
      values[to++] = bytes[p] as number;
      values[to++] = bytes[p + plane] as number;
      values[to++] = bytes[p + 2 * plane] as number;
    }
  }
  return values;
}

/** Names by label: one a line, so that an empty line would move all that follow. */
async function readNames(path: string): Promise<string[]> {
  const names = (await readText(path))
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  const empty = names.indexOf('');
  if (empty < 0) return names;
  throw new LifelongError('data', `${path}:${empty + 1}: a name expected, found an empty line`, 'name every label, or remove the line');
}

/** A name that comes twice, in whatever Unicode form. */
function repeated(names: readonly string[]): string | undefined {
  const keys = names.map(classKey);
  return names.find((_, at) => keys.indexOf(keys[at] ?? '') < at);
}

/** Superclass of each class, from records that hold both labels. */
async function superclassesOf(
  name: string,
  bytes: Uint8Array,
  record: number,
  numbers: readonly ClassName[],
  coarseNames?: string,
): Promise<ClassName[] | undefined> {
  const names = coarseNames === undefined ? undefined : await readNames(coarseNames);
  const again = names && repeated(names);
  if (again !== undefined)
    throw new LifelongError('data', `${coarseNames ?? ''}: different superclass names expected, found "${again}" twice`);
  const coarse = new Map<number, number>();
  for (let at = 0; at < bytes.length; at += record) {
    const [superclass, label] = [bytes[at] as number, bytes[at + 1] as number];
    const other = coarse.get(label);
    if (other !== undefined && other !== superclass) {
      throw new LifelongError(
        'data',
        `${name}: one superclass for class ${label} expected, found ${other} and ${superclass} in its records`,
      );
    }
    coarse.set(label, superclass);
  }
  const labels = numbers.map((number) => coarse.get(Number(number)));
  if (labels.includes(undefined)) return undefined; // a class without records: nobody knows its superclass
  return (labels as number[]).map((label) => {
    if (names && names[label] === undefined) {
      throw new LifelongError('data', `${coarseNames ?? ''}: a name for superclass ${label} expected, found ${names.length} names`);
    }
    return names?.[label] ?? label;
  });
}

/**
 * The files of a CIFAR folder under their published names.
 *
 * @throws LifelongError `data` naming what is missing
 */
export async function findCifarFiles(folder: string, kind: 'cifar-10' | 'cifar-100', labels: 'fine' | 'coarse'): Promise<CifarFiles> {
  const at = (name: string) => join(folder, name);
  const optional = async (key: 'names' | 'coarseNames', file: string) => ((await exists(at(file))) ? { [key]: at(file) } : {});
  const batches = [1, 2, 3, 4, 5].map((batch) => at(`data_batch_${batch}.bin`));
  const batched = kind === 'cifar-10' && (await exists(at('data_batch_1.bin')));
  const train = batched ? batches : [at('train.bin')];
  const test = batched ? [at('test_batch.bin')] : [at('test.bin')];
  for (const path of [...train, ...test]) {
    if (await exists(path)) continue;
    const known =
      kind === 'cifar-10' ? 'data_batch_1.bin … data_batch_5.bin and test_batch.bin, or train.bin and test.bin' : 'train.bin and test.bin';
    throw new LifelongError('data', `${folder}: ${kind} binary files expected (${known}), ${basename(path)} is not there`);
  }
  if (kind === 'cifar-10') return { train, test, labelBytes: 1, label: 0, ...(await optional('names', 'batches.meta.txt')) };
  const names = await optional('names', `${labels}_label_names.txt`);
  return {
    train,
    test,
    labelBytes: 2,
    label: labels === 'fine' ? 1 : 0,
    ...names,
    ...(await optional('coarseNames', 'coarse_label_names.txt')),
  };
}
