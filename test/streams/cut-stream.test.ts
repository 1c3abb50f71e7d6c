import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import type { TaskStream } from '../../src/core/stream.js';
import type { UserExamples } from '../../src/data/array-dataset.js';
import { cutStream, type Cut } from '../../src/streams/cut-stream.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { tempFolder } from '../data/temp-folder.js';
import { readAll, tasksOf } from './tiny-data.js';

const folder = tempFolder();

/** Random images of side 5, the same in arrays and in a file. */
function images(part: string, count: number) {
  const draws = random(0, part);
  const inputs = Float32Array.from({ length: 25 * count }, () => draws.uniform());
  const labels = Array.from({ length: count }, (_, i) => 'abcd'.charAt(i % 4));
  const rowOf = (image: number, y: number) => Array.from(inputs.subarray(25 * image + 5 * y, 25 * image + 5 * y + 5));
  const lines = labels.map((label, i) => JSON.stringify({ inputs: [0, 1, 2, 3, 4].map((y) => rowOf(i, y)), label }));
  writeFileSync(join(folder, `${part}.jsonl`), lines.join('\n'));
  return { inputs, labels } satisfies UserExamples;
}
const data = { train: images('train', 120), test: images('test', 40), inputShape: [5, 5, 1] };

const contentOf = async (stream: TaskStream) =>
  Promise.all(
    (await tasksOf(stream)).map(async ({ train, validation, test, ...task }) => ({
      ...task,
      reading: undefined, // arrays come from no file
      parts: await Promise.all([train, validation, test].map(readAll)),
    })),
  );

describe('cutStream', () => {
  it.each<Cut>([
    { permuted: 3 },
    { rotated: [0, 30, 90] },
    { rotated: 4, classes: ['a', 'c'] },
    { split: 2, order: 'seed', repeat: [0] },
    { order: [['d', 'a'], ['b']] },
    { corrupted: ['none', { noise: 0.2 }, { blur: 1 }], labelNoise: 0.2 },
  ])('%j of arrays: the tasks of a manifest over the same examples', async (cut) => {
    const limits = { train: 40, validation: 8, test: 12 };
    const manifest = { name: 'files', data: { source: 'jsonl', train: 'train.jsonl', test: 'test.jsonl' }, tasks: cut, limits, seed: 5 };
    const path = join(folder, 'files.yaml');
    writeFileSync(path, JSON.stringify(manifest));
    const [files, arrays] = [await loadStream(path), cutStream(data, cut, { name: 'jsonl', limits, seed: 5 })];
    expect(arrays.fingerprint).toBe(files.fingerprint);
    expect(arrays.taskFingerprints).toEqual(files.taskFingerprints);
    expect(await contentOf(arrays)).toEqual(await contentOf(files));
    expect(await contentOf(cutStream(data, cut, { name: 'jsonl', limits, seed: 6 }))).not.toEqual(await contentOf(arrays));
  });

  it.each([
    [{}, /tasks: exactly one of split, .* expected, found none/],
    [{ split: 2, permuted: 3 }, /found split and permuted/],
    [{ permutd: 3 }, /unknown key "permutd": did you mean "permuted"\?/],
    [{ superclass: true }, /data with superclasses expected/],
    [{ sequence: [{ classes: ['a'] }] }, /a cut of one data set expected, found sequence/],
  ])('refuses %j', (cut, message) => {
    expect(() => cutStream(data, cut as Cut)).toThrow(message);
  });
});
