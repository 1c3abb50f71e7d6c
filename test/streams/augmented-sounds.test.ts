import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Split } from '../../src/core/task.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { tempFolder } from '../data/temp-folder.js';
import { writeFiles } from '../faults/picture-files.js';
import { tone, wav } from '../support/wav-files.js';
import { tasksOf } from './tiny-data.js';

const folder = tempFolder();
let count = 0;

type Files = Readonly<Record<string, string | Uint8Array>>;

const words: Files = Object.fromEntries(
  [400, 900].flatMap((hertz) => [0, 1, 2, 3, 4].map((i) => [`words/${hertz}/${i}.wav`, wav([tone(hertz + 10 * i, 0.4)])])),
);
const hiss: Files = { 'noises/hiss.wav': wav([tone(3000, 0.2)]), 'noises/below/hum.wav': wav([tone(100, 0.7, 8000)], { rate: 8000 }) };
const all = 'augment: [{ gain: 6 }, { shift: 0.1 }, { noise: noises, snr: [0, 10] }, { copies: 2 }]';

function manifest(more: string, files: Files = {}, data = '{ source: audio-folder, path: words, test: 20% }'): string {
  const at = writeFiles(join(folder, String(count++)), {
    ...words,
    ...files,
    'stream.yaml': `name: words\ndata: ${data}\ntasks: { split: 1 }\nfeatures: pixels\n${more}\n`,
  });
  return join(at, 'stream.yaml');
}
const open = async (path: string, options = {}) => {
  const stream = await loadStream(path, options);
  const [task] = await tasksOf(stream);
  return { stream, task: task ?? expect.fail() };
};
const allOf = async (split: Split) => {
  const { inputs, labels } = await split.read(Int32Array.from({ length: split.size }, (_, i) => i));
  const length = inputs.length / split.size;
  return { labels: [...labels], rows: Array.from(labels, (_, i) => [...inputs.subarray(i * length, (i + 1) * length)]) };
};

describe('augmented recordings', () => {
  it('are learned as they are and in copies, each once; validation and test stay as they are', async () => {
    const [{ task: plain }, { task, stream }] = [await open(manifest('')), await open(manifest(all, hiss))];
    const [before, after] = [await allOf(plain.train), await allOf(task.train)];
    expect(after.rows.slice(0, before.rows.length)).toEqual(before.rows);
    expect(after.labels).toEqual([...before.labels, ...before.labels, ...before.labels]);
    expect(await task.train.labels()).toEqual(Int32Array.from(after.labels));
    expect(new Set(after.rows.map(String)).size).toBe(3 * before.rows.length);
    expect(await allOf(task.validation)).toEqual(await allOf(plain.validation));
    expect(await allOf(task.test)).toEqual(await allOf(plain.test));
    expect(task.augment).toEqual([]);
    expect(stream.notes?.()).toContain('augment: every training recording is learned 3 times, as it is and in 2 changed copies');
  });

  it('are the same by the same seed, read in any order, and others by another', async () => {
    const path = manifest(all, hiss);
    const [{ task: first, stream }, { task: again, stream: same }, { task: other, stream: third }] = [
      await open(path),
      await open(path),
      await open(path, { seed: 1 }),
    ];
    const { rows } = await allOf(first.train);
    const backwards = Int32Array.from({ length: again.train.size }, (_, i) => again.train.size - 1 - i);
    const { inputs, labels } = await again.train.read(backwards);
    const length = inputs.length / labels.length;
    expect(rows.toReversed()).toEqual(Array.from(labels, (_, i) => [...inputs.subarray(i * length, (i + 1) * length)]));
    expect([...labels]).toEqual((await allOf(first.train)).labels.toReversed());
    const copiesOf = (all_: number[][]) => new Set(all_.slice(all_.length / 3).map(String));
    const shared = [...copiesOf((await allOf(other.train)).rows)].filter((row) => copiesOf(rows).has(row));
    expect(shared).toEqual([]);
    expect(stream.fingerprint).toBe(same.fingerprint);
    expect(stream.fingerprint).not.toBe(third.fingerprint);
  });

  it('keep the fingerprint where nothing is asked for, and have another for other noises', async () => {
    const data = '{ source: audio-folder, path: words, test: 20% }';
    const [plain, none] = [await loadStream(manifest('', {}, data)), await loadStream(manifest('augment: []', {}, data))];
    expect(plain.fingerprint).toBe(none.fingerprint);
    const quieter = { ...hiss, 'noises/hiss.wav': wav([tone(2000, 0.2)]) };
    const [one, two] = [await loadStream(manifest(all, hiss)), await loadStream(manifest(all, quieter))];
    expect(one.fingerprint).not.toBe(two.fingerprint);
    expect(one.taskFingerprints).not.toEqual(two.taskFingerprints);
  });

  it('count as limits.train says before they are copied, and keep their labels where some are noise', async () => {
    const { task } = await open(manifest('augment: [{ gain: 6 }]\nlimits: { train: 4, validation: 2 }', {}), {
      set: { 'tasks.labelNoise': 0.5 },
    });
    const labels = [...(await task.train.labels())];
    expect(labels.length).toBe(4 * 5);
    expect(labels.slice(4)).toEqual([...labels.slice(0, 4), ...labels.slice(0, 4), ...labels.slice(0, 4), ...labels.slice(0, 4)]);
  });

  it('takes the folder of noises from where --set is given', async () => {
    const path = manifest(all, {});
    const elsewhere = writeFiles(join(folder, String(count++)), hiss);
    const { stream } = await open(path, { set: { 'augment.2.noise': join(elsewhere, 'noises') } });
    expect(stream.size).toBe(1);
  });

  it.each<[string, string, Files, RegExp, string | undefined]>([
    [
      'no folder',
      all,
      {},
      /^augment\.2\.noise: a folder of recordings expected, found nothing at .*noises$/,
      'change the path, which starts from root, or leave noise out of augment',
    ],
    [
      'other files',
      all,
      { 'noises/a.txt': 'x' },
      /noises: recordings for augment\.2\.noise expected, found none among 1 other file \(\.txt 1\)$/,
      'put noises there as WAV, FLAC or Ogg files, or leave noise out of augment',
    ],
    [
      'silence',
      all,
      { 'noises/a.wav': wav([new Float32Array(800)]) },
      /a\.wav: sound expected, found silence$/,
      'remove the file, or record it again',
    ],
    [
      'a damaged noise',
      all,
      { 'noises/a.wav': wav([tone(300, 0.2)]).subarray(0, 900) },
      /a\.wav: 6400 bytes of sound.* cut off$/,
      'copy the file again',
    ],
    [
      'a recording of a task',
      all,
      { 'noises/a.wav': words['words/400/0.wav'] ?? '' },
      /noises\/a\.wav: a recording for augment\.2\.noise or for a task expected, found it for both, there as .*words\/400\/0\.wav$/,
      'put noises into a folder of their own',
    ],
    [
      'a text as snr',
      'augment: [{ noise: noises, snr: loud }]',
      hiss,
      /stream\.yaml:5: augment\.0\.snr: a number of dB, or \[LOW, HIGH\] expected, found "loud"$/,
      undefined,
    ],
    ['no snr', 'augment: [{ noise: noises }]', hiss, /augment\.0\.snr: missing, a number of dB, or \[LOW, HIGH\] expected$/, undefined],
    [
      'a range the wrong way round',
      'augment: [{ noise: noises, snr: [10, 0] }]',
      hiss,
      /augment\.0\.snr: .*the lower one first, expected, found \[10,0\]$/,
      undefined,
    ],
    [
      'a long shift',
      'augment: [{ shift: 1 }]',
      {},
      /^augment: a shift of less than 1 s, as long as sounds of task 0 are, expected, found 1$/,
      'lower the shift, or raise seconds of the data',
    ],
    ['two gains', 'augment: [{ gain: 1 }, { gain: 2 }]', {}, /^augment: gain once expected, found it twice$/, 'leave one of them out'],
    [
      'copies of nothing',
      'augment: [{ copies: 2 }]',
      {},
      /^augment: gain, shift or noise beside copies expected, found none$/,
      'add one of them, or leave copies out',
    ],
    ['changes of images', 'augment: [flip]', {}, /^augment: images .* expected, found examples of shape \[100, 80\]$/, 'leave augment out'],
  ])('refuse %s, in one line', async (_, more, files, message, hint) => {
    const error: unknown = await loadStream(manifest(more, files)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string, hint });
  });

  it('are refused for data that have no sounds', async () => {
    const table = { 'rows.csv': `a,label\n${[0, 1, 2, 3, 4, 5].map((i) => `${i},${i % 2}`).join('\n')}\n` };
    await expect(
      loadStream(manifest('augment: [{ gain: 6 }]', table, '{ source: csv, train: rows.csv, label: label, test: 34% }')),
    ).rejects.toThrow('augment: recordings expected for gain, found examples of shape [1]');
  });
});
