import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { checkStream } from '../../src/streams/check-stream.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { tempFolder } from '../data/temp-folder.js';
import { readAll, tasksOf } from './tiny-data.js';

const folder = tempFolder();

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const rows = (classes: string[], each: number) => classes.flatMap((name, c) => Array.from({ length: each }, (_, i) => `${name},${c},${i}`));
write('flowers.csv', ['kind,a,b', ...rows(['rose', 'tulip', 'daisy', 'lily'], 20)].join('\n'));
write(
  'lines.jsonl',
  rows(['x', 'y'], 10)
    .map((row) => JSON.stringify({ values: row.split(',').slice(1).map(Number), kind: row[0] }))
    .join('\n'),
);

/** Grey PNG of one value. */
const png = (side: number, value: number) =>
  encode({ width: side, height: side, channels: 1, depth: 8, data: new Uint8Array(side * side).fill(value) });
for (const name of ['day', 'night']) for (let i = 0; i < 10; i++) write(`photos/${name}/${i}.png`, png(6, name === 'day' ? 200 : 20));

/** 12 images of classes 0 and 1, side 4. */
function idx(part: string): void {
  const header = (...sizes: number[]) =>
    Buffer.concat([
      Buffer.from([0, 0, 8, sizes.length]),
      ...sizes.map((size) => {
        const b = Buffer.alloc(4);
        b.writeUInt32BE(size);
        return b;
      }),
    ]);
  const labels = Array.from({ length: 12 }, (_, i) => i % 2);
  write(
    `digits/${part}-images-idx3-ubyte`,
    Buffer.concat([header(12, 4, 4), Buffer.from(labels.flatMap((label) => Array<number>(16).fill(100 * label)))]),
  );
  write(`digits/${part}-labels-idx1-ubyte`, Buffer.concat([header(12), Buffer.from(labels)]));
}
idx('train');
idx('t10k');

const load = (name: string, text: string, set = {}) => loadStream(write(`${name}.yaml`, text), { set });

describe("a stream from a user's own data in ten lines", () => {
  it('CSV: vectors, classes by name', async () => {
    const stream = await load(
      'flowers',
      'name: flowers\ndata: { source: csv, train: flowers.csv, label: kind }\ntasks: { order: [[rose, tulip], [daisy, lily]] }\nfeatures: vector\n',
    );
    const tasks = await tasksOf(stream);
    expect(
      tasks.map(({ classes, input, train, validation, test }) => [classes, input.shape, train.size, validation.size, test.size]),
    ).toEqual([
      [['rose', 'tulip'], [2], 28, 4, 8],
      [['daisy', 'lily'], [2], 28, 4, 8],
    ]);
    expect(tasks[0]?.normalization?.mean).toHaveLength(2);
    expect(stream.features).toBe('vector');
  });

  it('JSONL with keys of its own', async () => {
    const [task] = await tasksOf(
      await load('lines', 'name: lines\ndata: { source: jsonl, train: lines.jsonl, inputs: values, label: kind }\ntasks: { split: 1 }'),
    );
    expect([task?.classes, task?.input.shape]).toEqual([['x', 'y'], [2]]);
  });

  it('an image folder, resized', async () => {
    const [task] = await tasksOf(
      await load('photos', 'name: photos\ndata: { source: folder, path: photos }\ntasks: { split: 1 }\ninput: { size: 3, channels: 3 }'),
    );
    expect([task?.classes, task?.input.shape, task?.train.size, task?.test.size]).toEqual([['day', 'night'], [3, 3, 3], 14, 4]);
    const { inputs, labels } = await readAll(task?.test ?? expect.fail());
    expect(inputs[0]).toBe(Math.fround((labels[0] === 0 ? 200 : 20) / 255));
  });

  it('an IDX folder; a root for all paths; the first path that is there', async () => {
    const text = 'name: digits\nroot: nowhere\ndata: { source: idx, path: [missing, digits] }\ntasks: { split: 2 }';
    expect((await tasksOf(await load('digits', text, { root: folder }))).map((task) => task.classes)).toEqual([[0], [1]]);
    await expect(load('digits', text)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/nowhere\/missing, .*nowhere\/digits: no such file or folder/) as string,
      hint: expect.stringContaining('--set root=FOLDER') as string,
    });
  });
});

describe('sequences', () => {
  const datasets = 'datasets:\n  digits: { source: idx, path: digits }\n  photos: { source: folder, path: photos }\n';

  it('data of different sizes and channels, brought to one shape', async () => {
    const stream = await load(
      'mixed',
      `name: mixed\n${datasets}tasks:\n  sequence:\n    - { data: digits, id: first }\n    - { data: photos, name: light }\n    - { data: digits, classes: [1, 0], background: [0, 0, 1] }\n` +
        'input: { size: 4, channels: 3 }\n',
    );
    const tasks = await tasksOf(stream);
    expect(tasks.map(({ id, name, classes, input }) => [id, name, classes, input.shape])).toEqual([
      ['first', 'digits, 0 vs 1', [0, 1], [4, 4, 3]],
      ['1', 'light', ['day', 'night'], [4, 4, 3]],
      ['2', 'digits, 1 vs 0, background 0 0 1', [1, 0], [4, 4, 3]],
    ]);
    const { inputs, labels } = await readAll(tasks[2]?.test ?? expect.fail());
    const zero = labels.indexOf(1); // class 0 is the second here; its images are black, so now blue
    expect(Array.from(inputs.slice(48 * zero, 48 * zero + 3))).toEqual([0, 0, 1]);
  });

  it('mixes different shapes, which a check tells', async () => {
    const text = `name: mixed\n${datasets}tasks: { sequence: [{ data: digits }, { data: photos }] }\n`;
    const stream = await load('shapes', text);
    expect((await tasksOf(stream)).map(({ input }) => input.shape)).toEqual([
      [4, 4, 1],
      [6, 6, 1],
    ]);
    expect((await checkStream(stream)).warnings).toContain(
      'inputs of 2 shapes, [4, 4, 1] and [6, 6, 1]: par and independent learn such a stream, others want one shape',
    );
  });

  it('refuses vectors where images are wanted', async () => {
    await expect(
      load('vectors', 'name: v\ndata: { source: csv, train: flowers.csv, label: kind }\ntasks: { split: 2 }\ninput: { size: 8 }'),
    ).rejects.toThrow(/images that can become \[8, 8, any\] expected, found examples of shape \[2\]/);
  });

  it('limits of one task', async () => {
    const text = `name: few\n${datasets}limits: { train: 4, validation: 2 }\ntasks: { sequence: [{ data: digits }, { data: digits, limits: { train: 2 } }] }\n`;
    expect((await tasksOf(await load('few', text))).map(({ train, validation }) => [train.size, validation.size])).toEqual([
      [4, 2],
      [2, 2],
    ]);
  });

  it('takes the tasks of other streams, and not of itself', async () => {
    await load('digits-split', 'name: digits-split\ndata: { source: idx, path: digits }\ntasks: { split: 2 }');
    const chained = await load(
      'chained',
      'name: chained\ntasks: { sequence: [{ stream: digits-split.yaml }, { stream: digits-split.yaml, only: [1] }] }',
    );
    expect((await tasksOf(chained)).map(({ id, classes }) => [id, classes])).toEqual([
      ['0', [0]],
      ['1', [1]],
      ['2', [1]],
    ]);
    await expect(load('itself', 'name: itself\ntasks: { sequence: [{ stream: itself.yaml }] }')).rejects.toThrow(
      /the stream is a part of itself/,
    );
    await expect(load('beyond', 'name: beyond\ntasks: { sequence: [{ stream: digits-split.yaml, only: [2] }] }')).rejects.toThrow(
      /task 0 to 1 of digits-split.yaml expected, found 2/,
    );
  });

  it('brings the tasks of other streams to the size it asks for', async () => {
    await load('own-size', 'name: own-size\ndata: { source: idx, path: digits }\ntasks: { split: 2 }');
    const text = `name: sized\n${datasets}tasks: { sequence: [{ stream: own-size.yaml }, { data: photos }] }\ninput: { size: 5, channels: 3 }\n`;
    expect((await tasksOf(await load('sized', text))).map((task) => task.input.shape)).toEqual(Array(3).fill([5, 5, 3]));
  });

  it('names the nearest data set', async () => {
    await expect(load('typo', `name: typo\n${datasets}tasks: { sequence: [{ data: digit }] }`)).rejects.toMatchObject({
      code: 'config',
      hint: 'did you mean digits?',
    });
  });
});

describe('other kinds of tasks', () => {
  const data = 'data: { source: idx, path: digits }\n';

  it('corrupted', async () => {
    const tasks = await tasksOf(await load('worse', `name: worse\n${data}tasks: { corrupted: [none, { noise: 0.1 }, { contrast: 0 }] }`));
    expect(tasks.map((task) => task.name)).toEqual(['as it is', 'noise 0.1 of seed 0', 'contrast 0']);
    const [clean, noisy] = await Promise.all(tasks.map((task) => readAll(task.test)));
    expect(noisy?.labels).toEqual(clean?.labels);
    expect(noisy?.inputs).not.toEqual(clean?.inputs);
  });

  it('superclass needs superclasses', async () => {
    await expect(load('super', `name: super\n${data}tasks: { superclass: true }`)).rejects.toThrow(
      /data with superclasses expected, idx has none/,
    );
  });

  it('published augmentation', async () => {
    const [task] = await tasksOf(await load('augmented', `name: augmented\n${data}tasks: { split: 1 }\naugment: published`));
    expect(task?.augment).toEqual([{ kind: 'crop', padding: 4 }, { kind: 'flip' }, { kind: 'brightness', delta: 63 / 255 }]);
  });
});
