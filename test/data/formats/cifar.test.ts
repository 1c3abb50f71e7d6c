import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCifarFiles, readCifar } from '../../../src/data/formats/cifar.js';
import { datasetStatistics } from '../../../src/data/dataset-statistics.js';
import { needing } from '../../support/needing.js';
import { shared, sharedData } from '../../support/shared-data.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();

function write(name: string, ...records: { labels: number[]; first: [number, number, number] }[]): string {
  const path = join(folder, name);
  const bytes = records.map(({ labels, first }) => {
    const planes = first.map((value) => Buffer.concat([Buffer.from([value]), Buffer.alloc(1023)]));
    return Buffer.concat([Buffer.from(labels), ...planes]);
  });
  writeFileSync(path, Buffer.concat(bytes));
  return path;
}

describe('readCifar', () => {
  it('turns planes into pixels and gives label bytes as classes', async () => {
    const path = write('ten.bin', { labels: [3], first: [255, 51, 0] }, { labels: [1], first: [0, 0, 102] });
    const data = await readCifar('tiny', { train: [path], test: [path], labelBytes: 1, label: 0 });
    expect([data.classes, data.inputShape]).toEqual([
      [1, 3],
      [32, 32, 3],
    ]);
    const { inputs, labels } = await data.train.read(Int32Array.of(0, 1));
    expect(Array.from(inputs.slice(0, 4))).toEqual([1, Math.fround(0.2), 0, 0]);
    expect(Array.from(inputs.slice(3072, 3075))).toEqual([0, 0, Math.fround(0.4)]);
    expect(Array.from(labels)).toEqual([1, 0]);
  });

  it('reads fine labels with the superclass of each', async () => {
    const path = write(
      'hundred.bin',
      { labels: [1, 0], first: [0, 0, 0] },
      { labels: [0, 2], first: [0, 0, 0] },
      { labels: [1, 1], first: [0, 0, 0] },
    );
    const names = join(folder, 'names.txt');
    writeFileSync(names, 'apple\npear\ntable\n');
    const data = await readCifar('tiny', { train: [path], test: [path], labelBytes: 2, label: 1, names });
    expect([data.classes, data.superclasses]).toEqual([
      ['apple', 'pear', 'table'],
      [1, 1, 0],
    ]);
  });

  it('holds out a share of each class where there are no test files', async () => {
    const records = Array.from({ length: 20 }, (_, i) => ({ labels: [i % 2], first: [i, 0, 0] as [number, number, number] }));
    const data = await readCifar('tiny', { train: [write('one.bin', ...records)], test: 0.2, labelBytes: 1, label: 0 });
    expect([data.train.size, data.test.size]).toEqual([16, 4]);
    expect(Array.from(await data.test.labels()).toSorted()).toEqual([0, 0, 1, 1]);
    const first = async (split: typeof data.train) => {
      const { inputs } = await split.read(Int32Array.from({ length: split.size }, (_, i) => i));
      return Array.from({ length: split.size }, (_, i) => inputs[i * 3072]);
    };
    expect(new Set([...(await first(data.train)), ...(await first(data.test))]).size).toBe(20);
  });

  it('refuses files that are cut off, labels without a name, and folders without the files', async () => {
    const cut = join(folder, 'cut.bin');
    writeFileSync(cut, Buffer.alloc(3073 + 100));
    await expect(readCifar('tiny', { train: [cut], test: [cut], labelBytes: 1, label: 0 })).rejects.toThrow(
      /cut\.bin: records of 3073 bytes expected, found 3173 bytes \(1\.03 records\)/,
    );
    const names = join(folder, 'two.txt');
    writeFileSync(names, 'a\nb\n');
    const path = write('label.bin', { labels: [5], first: [0, 0, 0] });
    await expect(readCifar('tiny', { train: [path], test: [path], labelBytes: 1, label: 0, names })).rejects.toThrow(
      /a name for label 5 expected, found 2 names/,
    );
    await expect(findCifarFiles(folder, 'cifar-10', 'fine')).rejects.toThrow(/cifar-10 binary files expected .*, train\.bin is not there/);
  });
});

describe('real CIFAR data', () => {
  needing(shared('cifar-10')).it('CIFAR-10: names, counts, mean and deviation near the canonical ones', async () => {
    const data = await readCifar('cifar-10', await findCifarFiles(join(sharedData, 'cifar-10'), 'cifar-10', 'fine'));
    expect([data.train.size, data.test.size, data.classes[0], data.classes[9]]).toEqual([4000, 1000, 'airplane', 'truck']);
    const { mean, std } = await datasetStatistics(data);
    // a subset of 4,000: an image's own mean varies by about 0.13, so that their mean varies by 0.002; three times that is allowed
    [0.4914, 0.4822, 0.4465].forEach((canonical, c) => {
      expect(Math.abs((mean[c] ?? 0) - canonical)).toBeLessThan(0.007);
    });
    [0.247, 0.2435, 0.2616].forEach((canonical, c) => {
      expect(Math.abs((std[c] ?? 0) - canonical)).toBeLessThan(0.005);
    });
  });

  needing(shared('cifar-100')).it('CIFAR-100: fine and coarse labels, five classes in each superclass', async () => {
    const read = async (labels: 'fine' | 'coarse') =>
      readCifar('cifar-100', await findCifarFiles(join(sharedData, 'cifar-100'), 'cifar-100', labels));
    const [fine, coarse] = [await read('fine'), await read('coarse')];
    expect([fine.train.size, fine.test.size, fine.classes.length, coarse.classes.length]).toEqual([15_000, 4000, 100, 20]);
    const superclassOf = (name: string) => fine.superclasses?.[fine.classes.indexOf(name)];
    expect(['dolphin', 'maple_tree', 'rocket'].map(superclassOf)).toEqual(['aquatic_mammals', 'trees', 'vehicles_2']);
    const sizes = coarse.classes.map((name) => fine.superclasses?.filter((of) => of === name).length);
    expect(new Set(sizes)).toEqual(new Set([5]));
    const { mean } = await datasetStatistics(fine);
    [0.5071, 0.4865, 0.4409].forEach((canonical, c) => {
      expect(Math.abs((mean[c] ?? 0) - canonical)).toBeLessThan(0.004);
    });
  });

  needing(shared('dtd')).it('textures in the same layout: ten names, a share held out', async () => {
    const at = (name: string) => join(sharedData, 'dtd', name);
    const data = await readCifar('dtd', { train: [at('dtd10_32x32.bin')], test: 0.3, labelBytes: 1, label: 0, names: at('classes.txt') });
    expect([data.classes[0], data.classes.length, data.train.size, data.test.size]).toEqual(['banded', 10, 840, 360]);
  });
});
