import { zipSync } from 'fflate';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mergeNotes } from '../../src/data/data-notes.js';
import { decodeImage } from '../../src/data/images/decode-image.js';
import { readInputs } from '../../src/domains/read-inputs.js';
import { arrayStream, loadStream } from '../../src/index.js';
import { readAll, tasksOf } from '../streams/tiny-data.js';
import { lines, manifest, npy, write } from './files.js';
import { cmykJpeg, pngOf } from './picture-files.js';
import { manifest as folderManifest, png } from './picture-streams.js';
import { tempFolder } from '../data/temp-folder.js';
import { writeFiles } from './picture-files.js';

const folder = tempFolder();

/** A stream of one task over files beside its manifest. */
const open = (files: Readonly<Record<string, string | Uint8Array>>, data: string, more?: string) =>
  loadStream(write({ ...files, 'm.yaml': manifest(data, more).replace(/^features: vector\n/m, '') })('m.yaml'));
const numbered = (line: (i: number) => string) => Array.from({ length: 24 }, (_, i) => line(i)).join('\n');
const halves = Uint8Array.from({ length: 24 }, (_, i) => i % 2);

/** A GIF of one frame in four colours: red, green, blue and white. */
function gif(canvas: number, at: number, side: number, pixels: readonly number[], transparent?: number): Buffer {
  const codes = Array.from({ length: side * side }, (_, i) => [...(i % 2 === 0 ? [4] : []), pixels[i % pixels.length] ?? 0]).flat();
  const bits = [...codes, 5].map((code) => code.toString(2).padStart(3, '0')).toReversed();
  const padded = bits.join('').padStart(8 * Math.ceil((3 * bits.length) / 8), '0');
  const bytes = (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)).toReversed();
  return Buffer.from([
    ...Buffer.from('GIF89a'),
    ...[canvas, 0, canvas, 0, 0x81, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255],
    ...(transparent === undefined ? [] : [0x21, 0xf9, 4, 1, 0, 0, transparent, 0]),
    ...[0x2c, at, 0, at, 0, side, 0, side, 0, 0, 2, bytes.length, ...bytes, 0, 0x3b],
  ]);
}

describe('readers: what a decoder takes for something else', () => {
  it('readers: a GIF whose frame is smaller than its canvas is refused: the decoder would put it in a wrong place', async () => {
    expect((await decodeImage(gif(4, 0, 4, [1]), 'a.gif')).bytes.subarray(0, 6)).toEqual(Uint8Array.of(0, 255, 0, 0, 255, 0));
    await expect(decodeImage(gif(4, 1, 2, [2]), 'a.gif')).rejects.toMatchObject({
      code: 'data',
      message: 'a.gif: a GIF whose first frame fills it expected, found one that does not',
    });
  });

  it('readers: transparency that is lost is said, in GIF and in PNG of one transparent colour, also of 16 bits', async () => {
    const found = await decodeImage(gif(2, 0, 2, [1, 2], 1), 'a.gif');
    expect([found.changes, Array.from(found.bytes.subarray(0, 6))]).toEqual([
      ['read as black where they are transparent'],
      [0, 0, 0, 0, 0, 255],
    ]);
    const two = { width: 2, height: 1 };
    const lost = 'read without their transparency';
    const grey = await decodeImage(pngOf({ ...two, depth: 8, colour: 0, rows: [[5, 200]], chunks: { tRNS: [0, 5] } }), 'a.png');
    expect([grey.changes, Array.from(grey.bytes)]).toEqual([[lost], [5, 200]]);
    const rows = [[255, 255, 0, 0, 0, 0, 0, 0, 128, 128, 0, 0]];
    const deep = await decodeImage(pngOf({ ...two, depth: 16, colour: 2, rows, chunks: { tRNS: [0, 1, 0, 2, 0, 3] } }), 'a.png');
    expect([deep.changes, Array.from(deep.bytes)]).toEqual([
      [lost, 'brought from 16 bits to 8'],
      [255, 0, 0, 0, 128, 0],
    ]);
  });

  it('readers: inks and the other frames of an animated PNG are said', async () => {
    expect((await decodeImage(cmykJpeg([255, 128, 1, 255], true), 'a.jpg')).changes).toEqual([
      'brought from four inks to red, green and blue',
    ]);
    const animated = pngOf({ width: 1, height: 1, depth: 8, colour: 0, rows: [[7]], chunks: { acTL: [0, 0, 0, 2, 0, 0, 0, 0] } });
    expect((await decodeImage(animated, 'a.png')).changes).toEqual(['read at their first frame']);
  });

  it('readers: channels of arrays that are lost are said', async () => {
    const notesOf = async (channels: number, input: string) => {
      const x = npy('|u1', [24, 2, 2, channels], new Uint8Array(24 * 4 * channels));
      const data = 'source: npz, path: a.npz, arrays: { train: [x, y], test: 20% }';
      return (await open({ 'a.npz': zipSync({ 'x.npy': x, 'y.npy': npy('|u1', [24], halves) }) }, data, input)).notes?.();
    };
    expect(await notesOf(4, 'input: { channels: 3 }\n')).toEqual(['npz: all images: the last of 4 channels is left out, as transparency']);
    expect(await notesOf(3, 'input: { size: 4, channels: 1 }\n')).toEqual(['npz: all images: read as grey, with colours in the data']);
    expect(await notesOf(3, 'input: { size: 4 }\n')).toEqual([]);
  });

  it('readers: examples that are neither vectors nor images are refused', async () => {
    const deep = numbered((i) => JSON.stringify({ inputs: [[[[i]]]], label: i % 2 }));
    await expect(open({ 'a.jsonl': deep }, 'source: jsonl, train: a.jsonl')).rejects.toThrow('found examples of shape [1, 1, 1, 1]');
    const none = numbered((i) => JSON.stringify({ inputs: [], label: i % 2 }));
    await expect(open({ 'a.jsonl': none }, 'source: jsonl, train: a.jsonl')).rejects.toThrow('found examples of shape [0]');
  });
});

describe('readers: text', () => {
  it('readers: only decimal numbers are numbers in CSV', async () => {
    for (const text of ['0x1F', '0b11', '0o7', 'Infinity', '1_000']) {
      const file = `x,k\n${numbered((i) => `${i === 3 ? text : i},${i % 2}`)}`;
      await expect(open({ 'a.csv': file }, 'source: csv, train: a.csv, label: k')).rejects.toThrow(
        `a.csv:5: a number expected in column "x", found "${text}"`,
      );
    }
    const written = ['1.', '.5', '-2e3', '+4', '5E-1'];
    const file = `x,k\n${numbered((i) => `${written[i % 5] ?? ''},${i % 2}`)}`;
    const [task] = await tasksOf(await open({ 'a.csv': file }, 'source: csv, train: a.csv, test: 50%, label: k'));
    const values = new Set((await readAll(task?.test ?? none())).inputs);
    for (const value of values) expect([1, 0.5, -2000, 4, 0.5]).toContain(value);
  });

  it('readers: names of columns in another Unicode form are the same names', async () => {
    const files = { 'a.csv': `e\u0301,a\u0308\n${numbered((i) => `${i},${i % 2}`)}` };
    const [task] = await tasksOf(await open(files, 'source: csv, train: a.csv, label: "\u00e4", features: ["\u00e9"]'));
    expect(task?.classes).toEqual([0, 1]);
    const twice = { 'a.csv': `e\u0301,\u00e9,k\n${numbered((i) => `${i},1,${i % 2}`)}` };
    await expect(open(twice, 'source: csv, train: a.csv, label: k')).rejects.toThrow(/one column ".*" expected, found it at 1 and 2/);
  });

  it('readers: gzip is known by content, UTF-16 and a cut file are told from damaged rows', async () => {
    const text = `x,k\n${numbered((i) => `${i},${i % 2}`)}`;
    const data = 'source: csv, train: a.csv, label: k';
    await expect(open({ 'a.csv': gzipSync(text) }, data)).resolves.toMatchObject({ size: 1 });
    await expect(open({ 'a.csv': Buffer.from(`\uFEFF${text}`, 'utf16le') }, data)).rejects.toThrow('a.csv: text in UTF-8 expected');
    await expect(open({ 'a.csv': gzipSync(text).subarray(0, 40) }, data)).rejects.toThrow('a.csv: gzip data are damaged or cut off');
  });

  it('readers: texts of NumPy keep what is within them, and no character that is none gets through', async () => {
    const labels = (points: readonly number[]) =>
      npy(
        '<U3',
        [24],
        Uint32Array.from({ length: 72 }, (_, i) => points[i % 6] ?? 0),
      );
    const files = (points: readonly number[]) => ({
      'x.npy': npy(
        '<f4',
        [24, 1],
        Float32Array.from({ length: 24 }, (_, i) => i),
      ),
      'y.npy': labels(points),
    });
    const data = 'source: npy, train: [x.npy, y.npy]';
    const [task] = await tasksOf(await open(files([97, 0, 98, 97, 98, 0]), data));
    expect(task?.classes).toEqual(['a\0b', 'ab']);
    await expect(open(files([0x110000, 0, 0, 97, 0, 0]), data)).rejects.toThrow('characters of Unicode expected, found 1114112');
  });
});

describe('readers: numbers whose scale float32 or an absolute epsilon loses', () => {
  const column = (size: string, scale = '') =>
    open({ 'a.csv': `x,k\n${numbered((i) => `${i % 2}${size},${i % 2}`)}` }, `source: csv, train: a.csv, label: k${scale}`);

  it.each(['e-50', 'e50'])('readers: %s is refused, and the hint helps', async (size) => {
    await expect(column(size)).rejects.toMatchObject({
      message: expect.stringMatching(/numbers from 1\.2e-38 to 3\.4e\+38, as float32 has them, expected/) as string,
      hint: 'bring them there (in a manifest: data.scale), or leave them out',
    });
    const [task] = await tasksOf(await column(size, `, scale: 1.0e${size === 'e50' ? '-50' : '+50'}`));
    expect(new Set((await readAll(task?.test ?? none())).inputs)).toEqual(new Set([0, 1]));
  });

  it('readers: a column of small numbers is standardized as one of large ones', async () => {
    for (const size of [1e-9, 1, 1e9]) {
      const part = {
        inputs: Array.from({ length: 20 }, (_, i) => [size * (i % 2), size * 0.3]),
        labels: Array.from(halves.subarray(0, 20)),
      };
      const [task] = await tasksOf(arrayStream([{ train: part, test: part }]));
      expect((task?.normalization?.std[0] ?? 0) / size).toBeCloseTo(0.5, 6);
      expect(task?.normalization?.std[1]).toBe(1); // it does not vary
    }
  });
});

describe('readers: names, and what is left out', () => {
  it('readers: columns of a test file are found by name, others are left out and said, a missing one is named', async () => {
    const train = `x,y,k\n${lines(['a', 'b'], 12)}`;
    const data = 'source: csv, train: a.csv, test: b.csv, label: k';
    const stream = await open({ 'a.csv': train, 'b.csv': 'y,note,k,x\n7,one,a,3\n8,two,b,4\n' }, data);
    const [task] = await tasksOf(stream);
    expect(Array.from((await readAll(task?.test ?? none())).inputs)).toEqual([3, 7, 4, 8]);
    expect(stream.notes?.()).toEqual(['csv: b.csv: columns that training has not are left out: note']);
    await expect(open({ 'a.csv': train, 'b.csv': 'x,k\n1,a\n' }, data)).rejects.toThrow('b.csv:1: column "y" expected, found x, k');
  });

  it('readers: a key that an object has twice is refused; a text that is like a key is none', async () => {
    const twice = numbered((i) => `{"inputs":[${i}],"label":"a","label":"b${i % 2}"}`);
    await expect(open({ 'a.jsonl': twice }, 'source: jsonl, train: a.jsonl')).rejects.toThrow('a.jsonl:1: key "label" once expected');
    const named = numbered((i) => JSON.stringify({ inputs: [i], label: ['label', 'inputs'][i % 2] }));
    expect((await tasksOf(await open({ 'a.jsonl': named }, 'source: jsonl, train: a.jsonl')))[0]?.classes).toEqual(['inputs', 'label']);
  });

  it('readers: arrays of an NPZ file that are not asked for may be of any type', async () => {
    const inputs = npy('<f4', [24, 1], Float32Array.from(halves));
    const files = { 'a.npz': zipSync({ 'x.npy': inputs, 'y.npy': npy('|u1', [24], halves), 'meta.npy': npy('|O', [1], Buffer.alloc(8)) }) };
    await expect(open(files, 'source: npz, path: a.npz, arrays: { train: [x, y], test: 20% }')).resolves.toMatchObject({ size: 1 });
  });

  it('readers: path beside train and test is refused, not taken alone', async () => {
    for (const source of ['idx', 'cifar-10']) {
      const section = `source: ${source}, path: ., train: [a, b], test: [c, d]`;
      await expect(open({ a: '', b: '', c: '', d: '' }, section)).rejects.toThrow('path, or train and test, expected, found both');
    }
  });

  it('readers: names of CIFAR classes that an empty line would move, and superclasses that differ', async () => {
    const record = (...labels: number[]) => Buffer.concat([Buffer.from(labels), Buffer.alloc(3072)]);
    const data = 'source: cifar-10, train: a.bin, test: 50%, names: names';
    const files = { 'a.bin': Buffer.concat([0, 1, 0, 1].map((label) => record(label))) };
    await expect(open({ ...files, names: 'ant\n\nbee\n' }, data)).rejects.toThrow('names:2: a name expected, found an empty line');
    const both = Buffer.concat([record(0, 0), record(1, 0), record(1, 1)]);
    const superclasses = open({ 'train.bin': both, 'test.bin': both }, 'source: cifar-100, path: .');
    await expect(superclasses).rejects.toThrow('one superclass for class 0 expected, found 0 and 1');
  });

  it('readers: images outside class folders are counted by content', async () => {
    const pictures = (['left', 'right'] as const).flatMap((half) => [0, 1, 2].map((i) => [`in/${half}/${i}.png`, png(half, i)] as const));
    const at = writeFiles(folder, Object.fromEntries(pictures));
    writeFiles(at, { 'in/cover': png('up'), 'in/left/small/0': png('left') });
    const stream = await loadStream(folderManifest(folder, 'outside', 'in'));
    expect(stream.notes?.()).toEqual(['folder: 2 images left out, not in a class folder (first: cover)']);
  });

  it('readers: what an earlier process counted stays known after a resume', () => {
    const before = ['folder: 5 of 20 images read so far: read at their first frame', 'csv: class "1" is odd'];
    expect(mergeNotes(before, [])).toEqual(before);
    const now = ['folder: 2 of 8 images read so far: read at their first frame', 'csv: class "2" is odd'];
    expect(mergeNotes(before, now)).toEqual([...before, 'csv: class "2" is odd']);
    expect(mergeNotes(before, ['folder: 6 of 22 images read so far: read at their first frame'])[0]).toContain('6 of 22');
  });
});

describe('readers: predictions', () => {
  const task = { input: { domain: 'image', shape: [4, 4, 1], dtype: 'float32' } } as const;
  const npyFile = (shape: readonly number[]) => {
    const at = write({ 'x.npy': npy('|u1', shape, new Uint8Array(shape.reduce((product, size) => product * size, 1))) });
    return readInputs(at('x.npy'), task);
  };

  it('readers: images of another size are resized, never cut into other images', async () => {
    for (const [shape, count] of [
      [[4, 4], 1],
      [[4, 4, 1], 1],
      [[3, 4, 4], 3],
      [[3, 16], 3],
      [[4, 2, 2], 4],
      [[2, 8, 8, 3], 2],
      [[32], 2],
    ] as const) {
      expect([shape, (await npyFile(shape)).inputs.length / 16]).toEqual([shape, count]);
    }
    await expect(npyFile([2, 8])).rejects.toThrow('examples of shape [4, 4, 1] expected, found [2, 8]');
    await expect(npyFile([2, 1, 2, 2, 1])).rejects.toThrow('found [2, 1, 2, 2, 1]');
  });

  it('readers: ragged lists are refused, values beyond 0 to 1 are said', async () => {
    const at = write({ 'a.json': '[[1,2,3],[4]]', 'b.json': JSON.stringify([Array<number>(16).fill(255)]) });
    await expect(readInputs(at('a.json'), { input: { domain: 'vector', shape: [2], dtype: 'float32' } })).rejects.toThrow(
      '6 numbers expected for [2, 3], found 4',
    );
    expect((await readInputs(at('b.json'), task)).notes).toEqual([`${at('b.json')}: image values from 255 to 255, 0 to 1 expected: set data.scale`]);
  });

  it('readers: the hint for a damaged image is none for streams', async () => {
    const at = write({ 'a.png': png('left').subarray(0, 40) });
    await expect(readInputs(at('a.png'), task)).rejects.toMatchObject({ code: 'data', hint: 'leave the file out' });
  });
});

function none(): never {
  throw new Error('a task expected');
}
