import { basename, join } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import type { Split } from '../../core/task.js';
import { arraySplit, lengthOf } from '../array-split.js';
import { classFingerprints, type ClassifiedValues } from '../class-fingerprints.js';
import { classesOf, indexLabels } from '../class-names.js';
import type { Dataset } from '../dataset.js';
import { exists } from '../files.js';
import { fingerprint } from '../fingerprint.js';
import { readIdx, type Idx } from './idx.js';

/** Image file and label file of one part. */
export type IdxPair = readonly [images: string, labels: string];

/**
 * Images `[n, height, width]` or `[n, height, width, channels]` and labels `[n]` in IDX files. Classes are the label numbers that occur.
 *
 * @param maxUnpackedBytes what a gzip file may unpack to
 * @throws LifelongError `data` when a file is wrong, or images and labels do not belong together
 */
export async function readIdxDataset(name: string, files: { train: IdxPair; test: IdxPair }, maxUnpackedBytes?: number): Promise<Dataset> {
  const [train, test] = await Promise.all([readPair(files.train, maxUnpackedBytes), readPair(files.test, maxUnpackedBytes)]);
  if (train.shape.join() !== test.shape.join()) {
    throw new LifelongError(
      'data',
      `${files.test[0]}: images of ${train.shape.join(' x ')} expected, as in training, found ${test.shape.join(' x ')}`,
    );
  }
  const classes = classesOf(name, train.labels, test.labels);
  const indexed = (part: Part, where: string) => ({ values: part.bytes, labels: indexLabels(part.labels, classes, where) });
  const parts = [indexed(train, files.train[1]), indexed(test, files.test[1])] as const;
  const split = ({ values, labels }: ClassifiedValues): Split => arraySplit(train.shape, values, labels);
  return {
    name,
    classes,
    inputShape: train.shape,
    train: split(parts[0]),
    test: split(parts[1]),
    classFingerprints: () => classFingerprints(classes.length, parts, lengthOf(train.shape)),
    fingerprint: fingerprint(train.bytes, train.labels, test.bytes, test.labels),
  };
}

interface Part {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly labels: Uint8Array;
}

/** The images of an IDX file. @throws LifelongError `data` for a file that is none, or has other dimensions; `config` for one that unpacks to more */
export async function readIdxImages(
  path: string,
  maxUnpackedBytes?: number,
): Promise<{ readonly shape: readonly number[]; readonly inputs: Uint8Array }> {
  const images = await readIdx(path, maxUnpackedBytes);
  const [, height = 0, width = 0, channels = 1] = images.shape;
  if (images.shape.length !== 3 && images.shape.length !== 4) throw wrongRank(path, 'images of 3 or 4', images);
  return { shape: [height, width, channels], inputs: images.bytes };
}

async function readPair([imagePath, labelPath]: IdxPair, maxUnpackedBytes: number | undefined): Promise<Part> {
  const [{ shape, inputs }, labels] = await Promise.all([readIdxImages(imagePath, maxUnpackedBytes), readIdx(labelPath, maxUnpackedBytes)]);
  const count = inputs.length / lengthOf(shape);
  if (labels.shape.length !== 1) throw wrongRank(labelPath, 'labels of 1', labels);
  if (labels.bytes.length !== count) {
    throw new LifelongError(
      'data',
      `${labelPath}: ${count} labels expected, one for each image of ${basename(imagePath)}, found ${labels.bytes.length}`,
      'use the label file that belongs to the images',
    );
  }
  return { shape, bytes: inputs, labels: labels.bytes };
}

const wrongRank = (path: string, expected: string, found: Idx) =>
  new LifelongError('data', `${path}: ${expected} dimensions expected, found ${found.shape.length} (${found.shape.join(' x ')})`);

/**
 * The four files of an MNIST-like folder under their usual names (`train-images-idx3-ubyte`, `t10k-…`), plain or `.gz`.
 *
 * @throws LifelongError `data` naming the first file that is not there
 */
export async function findIdxFiles(folder: string): Promise<{ train: IdxPair; test: IdxPair }> {
  const find = async (stem: string): Promise<string> => {
    for (const name of [stem, `${stem}.gz`]) {
      const path = join(folder, name);
      if (await exists(path)) return path;
    }
    throw new LifelongError(
      'data',
      `${folder}: ${stem} or ${stem}.gz expected, found neither`,
      'give the folder that holds the four IDX files',
    );
  };
  const pair = async (part: string): Promise<IdxPair> => [await find(`${part}-images-idx3-ubyte`), await find(`${part}-labels-idx1-ubyte`)];
  return { train: await pair('train'), test: await pair('t10k') };
}
