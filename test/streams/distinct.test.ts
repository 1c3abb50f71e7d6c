import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadStream } from '../../src/streams/load-stream.js';
import { writeFiles } from '../faults/picture-files.js';
import { tempFolder } from '../data/temp-folder.js';
import { rowsOf, tasksOf } from './tiny-data.js';

const folder = tempFolder();

/** Tables of one number, with these values in their parts. */
const table = (...values: readonly number[]) => `x,k\n${values.map((value, i) => `${value},${i % 2}`).join('\n')}\n`;

async function load(tasks: string) {
  const at = writeFiles(join(folder, tasks.replaceAll(/\W+/g, '-')), {
    'a.csv': table(1, 2, 3, 4, 5, 5),
    'a-test.csv': table(6, 7, 9),
    'b.csv': table(3, 6, 10, 11, 12, 13),
    'b-test.csv': table(4, 7, 14, 15),
    'stream.yaml': [
      'name: two',
      'datasets:',
      '  a: { source: csv, train: a.csv, test: a-test.csv, label: k }',
      '  b: { source: csv, train: b.csv, test: b-test.csv, label: k }',
      `tasks: { ${tasks}, sequence: [{ data: a }, { data: b }] }`,
      'limits: { validation: 0 }',
      'input: { normalize: none }',
    ].join('\n'),
  });
  const stream = await loadStream(join(at, 'stream.yaml'));
  const parts = await Promise.all((await tasksOf(stream)).map(async ({ train, test }) => [await rowsOf(train), await rowsOf(test)]));
  return { stream, parts: parts.map((both) => both.map((rows) => rows.map(Number).sort((x, y) => x - y))) };
}

describe('tasks.distinct', () => {
  it('leaves every example once in the stream, test parts before all others, and counts what is left out', async () => {
    const { stream, parts } = await load('distinct: true');
    expect(parts).toEqual([
      [
        [1, 2, 3, 5],
        [6, 7, 9],
      ],
      [
        [10, 11, 12, 13],
        [4, 14, 15],
      ],
    ]);
    expect(stream.notes?.()).toEqual(
      expect.arrayContaining([
        'a: 2 of 9 examples are also in b (1), the same data (1), and left out here',
        'b: 3 of 10 examples are also in a (3), and left out here',
      ]),
    );
  });

  it('is off unless asked for, and another stream than that', async () => {
    const [plain, distinct] = [await load('labelNoise: 0'), await load('distinct: true')];
    expect(plain.parts[1]).toEqual([
      [3, 6, 10, 11, 12, 13],
      [4, 7, 14, 15],
    ]);
    expect(plain.stream.fingerprint).not.toBe(distinct.stream.fingerprint);
  });
});
