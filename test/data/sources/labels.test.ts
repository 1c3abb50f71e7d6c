import fc from 'fast-check';
import { encode } from 'fast-png';
import { zipSync } from 'fflate';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { TaskStream } from '../../../src/core/stream.js';
import type { ClassName } from '../../../src/core/task.js';
import { builtInSources } from '../../../src/data/sources/registry.js';
import { exportRun } from '../../../src/export/export-run.js';
import { arrayStream, finetune, learn, loadStream, openRun, readReport } from '../../../src/index.js';
import { renderCsv } from '../../../src/report/csv.js';
import { renderMarkdown } from '../../../src/report/markdown.js';
import { renderText } from '../../../src/report/text.js';
import { npy } from '../../faults/files.js';
import { writeFiles } from '../../faults/picture-files.js';
import { tasksOf } from '../../streams/tiny-data.js';
import { tinyVocabulary } from '../../support/tiny-bert.js';
import { tone, wav } from '../../support/wav-files.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();
let count = 0;

const perClass = 4;
/** Every label so many times, one after the other. */
const repeated = <Label>(labels: readonly Label[]): Label[] => labels.flatMap((label) => Array<Label>(perClass).fill(label));
const rows = (labels: readonly unknown[]) => repeated(labels).map((_, i) => [Math.floor(i / perClass), i % perClass]);

/** A stream of one task over files that a source reads. */
function stream(files: Readonly<Record<string, string | Uint8Array>>, data: string): Promise<TaskStream> {
  const at = writeFiles(join(folder, String(count++)), { ...files, 'stream.yaml': `name: labels\ndata: ${data}\ntasks: { split: 1 }\n` });
  return loadStream(join(at, 'stream.yaml'));
}

/** The same of texts, which share the words of a tiny vocabulary. */
const textStream = (files: Readonly<Record<string, string>>, source: string, more = '') =>
  stream(
    { ...files, 'vocab.txt': tinyVocabulary },
    `{ source: ${source}, train: a.tsv, test: 25%, tokenizer: vocab.txt, length: 8, ${more} }`,
  );

const texts = (labels: readonly string[]): Uint8Array => {
  const all = repeated(labels).map((label) => Array.from(label, (character) => character.codePointAt(0) ?? 0));
  const width = Math.max(1, ...all.map((points) => points.length));
  return npy(
    `<U${width}`,
    [all.length],
    Uint32Array.from(all.flatMap((points) => [...points, ...Array<number>(width - points.length).fill(0)])),
  );
};
const inputs = (labels: readonly unknown[]) => npy('<f4', [labels.length * perClass, 2], Float32Array.from(rows(labels).flat()));
const labelArray = (labels: readonly ClassName[]) =>
  labels.every((label) => typeof label === 'number')
    ? npy('<i8', [labels.length * perClass], BigInt64Array.from(repeated(labels), BigInt))
    : texts(labels.map(String));

/** How labels get into a stream, and what they are there. */
interface Route {
  /** Whether such labels can be written at all. */
  readonly takes: (labels: readonly ClassName[]) => boolean;
  readonly open: (labels: readonly ClassName[]) => Promise<TaskStream> | TaskStream;
  /** Where all is text, labels become numbers when each is an integer. */
  readonly text: boolean;
}

const alike = (labels: readonly ClassName[]) => new Set(labels.map((label) => typeof label)).size === 1;
const reserved = /^(thumbs\.db|desktop\.ini|icon\r|__macosx|train|training|val|valid|validation|test|testing)$/i;
const image = (value: number) => encode({ width: 2, height: 2, channels: 1, depth: 8, data: new Uint8Array(4).fill(value) });

const folderNames = (labels: readonly ClassName[]) =>
  labels.every(
    (label) => typeof label === 'string' && /^[^./\0][^/\0]*$/.test(label) && Buffer.byteLength(label) < 200 && !reserved.test(label),
  );
const recording = (c: number, i: number) => wav([tone(300 + 40 * c + i, 0.1)]);

const routes: Readonly<Record<string, Route>> = {
  arrays: {
    takes: () => true,
    open(labels) {
      const part = { inputs: rows(labels), labels: repeated(labels) };
      return arrayStream([{ train: part, test: part }]);
    },
    text: false,
  },
  csv: {
    takes: (labels) => !labels.includes(''),
    open(labels) {
      const lines = rows(labels).map((row, i) => [...row, `"${String(repeated(labels)[i]).replaceAll('"', '""')}"`].join());
      return stream({ 'a.csv': `x,y,kind\n${lines.join('\n')}\n` }, '{ source: csv, train: a.csv, test: 25%, label: kind }');
    },
    text: true,
  },
  jsonl: {
    takes: () => true,
    open: (labels) =>
      stream(
        {
          'a.jsonl': rows(labels)
            .map((row, i) => JSON.stringify({ inputs: row, label: repeated(labels)[i] }))
            .join('\n'),
        },
        '{ source: jsonl, train: a.jsonl, test: 25% }',
      ),
    text: false,
  },
  tsv: {
    takes: (labels) => labels.every((label) => label !== '' && !/[\t\n\r]/.test(String(label))),
    open: (labels) =>
      textStream(
        {
          'a.tsv': `text\tkind\n${repeated(labels)
            .map((label, i) => `sea ${i}\t${label}\n`)
            .join('')}`,
        },
        'tsv',
        'text: text, label: kind',
      ),
    text: true,
  },
  lines: {
    takes: (labels) => labels.every((label) => label !== '' && !/[ \n\r]|^\uFEFF/.test(String(label))),
    open: (labels) =>
      textStream(
        {
          'a.tsv': repeated(labels)
            .map((label, i) => `${label} sea ${i}\n`)
            .join(''),
        },
        'lines',
      ),
    text: true,
  },
  npy: {
    takes: (labels) => alike(labels) && !labels.some((label) => String(label).endsWith('\0')),
    open: (labels) => stream({ 'x.npy': inputs(labels), 'y.npy': labelArray(labels) }, '{ source: npy, train: [x.npy, y.npy], test: 25% }'),
    text: false,
  },
  npz: {
    takes: (labels) => alike(labels) && !labels.some((label) => String(label).endsWith('\0')),
    open: (labels) =>
      stream(
        { 'a.npz': zipSync({ 'x.npy': inputs(labels), 'y.npy': labelArray(labels) }) },
        '{ source: npz, path: a.npz, arrays: { train: [x, y], test: 25% } }',
      ),
    text: false,
  },
  folder: {
    takes: folderNames,
    open: (labels) =>
      stream(
        Object.fromEntries(labels.flatMap((label, c) => [0, 1, 2, 3].map((i) => [`photos/${label}/${i}.png`, image(40 * c + i)]))),
        '{ source: folder, path: photos, test: 25% }',
      ),
    text: false,
  },
  'audio-folder': {
    takes: folderNames,
    open: (labels) =>
      stream(
        Object.fromEntries(labels.flatMap((label, c) => [0, 1, 2, 3].map((i) => [`words/${label}/${i}.wav`, recording(c, i)]))),
        '{ source: audio-folder, path: words, test: 25%, seconds: 0.1 }',
      ),
    text: false,
  },
  'audio-table': {
    takes: (labels) => !labels.includes(''),
    open: (labels) =>
      stream(
        {
          ...Object.fromEntries(labels.flatMap((_, c) => [0, 1, 2, 3].map((i) => [`${c}-${i}.wav`, recording(c, i)]))),
          'a.csv': `path,kind\n${repeated(labels)
            .map((label, i) => `${Math.floor(i / perClass)}-${i % perClass}.wav,"${String(label).replaceAll('"', '""')}"`)
            .join('\n')}\n`,
        },
        '{ source: audio-table, train: a.csv, test: 25%, label: kind, seconds: 0.1 }',
      ),
    text: true,
  },
  'cifar-10': {
    takes: (labels) =>
      labels.every((label) => typeof label === 'string' && label === label.trim() && label !== '' && !label.includes('\n')),
    open: (labels) =>
      stream(
        {
          'a.bin': Buffer.concat(repeated(labels).map((_, i) => Buffer.alloc(3073, Math.floor(i / perClass)))),
          names: labels.join('\n'),
        },
        '{ source: cifar-10, train: a.bin, test: 25%, names: names }',
      ),
    text: false,
  },
};

const label = fc.oneof(
  { weight: 2, arbitrary: fc.maxSafeInteger() },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
  { weight: 4, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }) },
  fc.constantFrom<ClassName>(
    ...[
      '__proto__',
      'constructor',
      'toString',
      '007',
      '-0',
      '1e3',
      'NaN',
      'null',
      'true',
      '',
      ' x ',
      'a,b',
      'a"b',
      'a\nb',
      'a\r\nb',
      'a\u2028b',
    ],
    ...[
      'a|b',
      '<b>',
      '\u001b[31m',
      'a\0b',
      '\u00e9',
      'e\u0301',
      '\u212b',
      '9007199254740993',
      '\uFEFFx',
      '\u202eabc',
      '😀',
      '__metadata__',
    ],
    ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, 7],
  ),
);
const key = (name: ClassName) => (typeof name === 'string' ? name.normalize('NFC') : name);
/** Different classes, as whoever reads them would say. */
const labels = fc
  .uniqueArray(label, { minLength: 2, maxLength: 5, selector: key })
  .filter((all) => !all.some((name) => String(name).includes('\uFFFD')));

const isInteger = (text: string) => /^(0|-?[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text));
function expected(all: readonly ClassName[], { text }: Route): readonly ClassName[] {
  if (!text) return all;
  return all.map(String).every(isInteger) ? all.map(Number) : all.map(String);
}

describe('labels', () => {
  it('have a route for every source whose labels are not bytes', () => {
    const bytes = ['package', 'idx', 'cifar-100']; // cifar-100 reads names as cifar-10 does
    expect(Object.keys(routes)).toEqual(
      expect.arrayContaining(builtInSources.map(({ name }) => name).filter((name) => !bytes.includes(name))),
    );
  });

  it.each(Object.entries(routes))('through %s: any integer and any text is its own class', { timeout: 120_000 }, async (_, route) => {
    await fc.assert(
      fc.asyncProperty(labels, async (all) => {
        const wanted = expected(all, route);
        fc.pre(route.takes(all) && new Set(wanted.map(key)).size === all.length);
        const [task] = await tasksOf(await route.open(all));
        expect(new Set(task?.classes)).toEqual(new Set(wanted));
        const counts = new Map<ClassName, number>();
        for (const index of (await task?.train.labels()) ?? []) {
          const name = task?.classes[index] ?? '';
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        expect([...counts.keys()].length).toBe(all.length);
        expect(new Set(counts.values()).size).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  it.each(Object.entries(routes).filter(([name]) => name !== 'cifar-10'))(
    'through %s: two Unicode forms of one text are one class, and that is said',
    async (_, route) => {
      const found = await route.open(['e\u0301', '\u00e9', 'f']);
      const [task] = await tasksOf(found);
      expect(task?.classes.toSorted()).toEqual(['f', '\u00e9']);
      expect(found.notes?.().join('\n')).toMatch(
        /class "\u00e9": ([48] of its labels are in another Unicode form|folders of its name in 2)/,
      );
      const [decomposed] = await tasksOf(await route.open(['e\u0301', 'f']));
      expect(decomposed?.classes).toEqual(['e\u0301', 'f']); // as given where there is nothing to put together
    },
  );

  it('of text files are numbers in all of them or in none', async () => {
    const files = { 'a.csv': `x,kind\n${'1,7\n2,8\n'.repeat(4)}`, 'b.csv': 'x,kind\n1,7\n2,08\n' };
    const refused = stream(files, '{ source: csv, train: a.csv, test: b.csv, label: kind }');
    const [task] = await tasksOf(await refused);
    expect(task?.classes).toEqual(['08', '7', '8']);
    expect([...((await task?.test.labels()) ?? [])]).toEqual([1, 0]);
  });

  it('that only look alike are two classes, and that is said', async () => {
    const part = { inputs: [[0], [0], [1], [1]], labels: [7, 7, '7', '7'] };
    const found = arrayStream([{ train: part, test: part }]);
    expect((await tasksOf(found))[0]?.classes).toEqual([7, '7']);
    expect(found.notes?.()).toEqual(['classes 7 (a number) and "7" (a text) are two classes']);
  });

  it('through cifar-10: names in two Unicode forms are refused, as two equal names are', async () => {
    await expect(routes['cifar-10']?.open(['e\u0301', '\u00e9'])).rejects.toThrow('different class names expected');
  });
});

describe('labels and task ids', () => {
  const id = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 8 })
    .filter((text) => !['__proto__', 'constructor', 'prototype'].includes(text));

  it('come back from a run folder, a report, predictions and exports as they went in', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(labels, labels, fc.uniqueArray(id, { minLength: 2, maxLength: 2, selector: key }), async (first, second, ids) => {
        const at = join(folder, String(count++));
        const tasks = [first, second].map((all, t) => {
          const part = { inputs: rows(all), labels: repeated(all) };
          return { id: ids[t] ?? '', train: part, test: part };
        });
        const strategy = finetune({ network: 'mlp', units: 4, epochs: 1, batchSize: 8, engine: 'eager' });
        await lastValueFrom(learn(arrayStream(tasks), strategy, { run: at }));
        strategy.dispose();
        const report = await readReport(at);
        const run = await openRun(at);
        const { tasks: exported } = await exportRun(at, join(at, 'export'));
        for (const [t, all] of [first, second].entries()) {
          const name = ids[t] ?? '';
          for (const known of [report.tasks[t], run.record.tasks[t], exported[t]]) {
            expect(known?.id).toBe(name);
            expect(new Set(known?.classes)).toEqual(new Set(all));
          }
          const predictions = await run.predict(rows(all), { task: name.normalize('NFD') });
          for (const { class: found } of predictions) expect(all).toContain(found);
        }
        run.close();
        expect(renderText(report)).not.toMatch(/(?!\n)\p{Cc}/u);
        expect(
          renderMarkdown(report)
            .split('\n')
            .filter((line) => line.startsWith('| 1 |')).length,
        ).toBeGreaterThan(0);
        expect(renderCsv(report, 'tasks')).toContain(first.every((name) => typeof name === 'number') ? String(first[0]) : '');
      }),
      { numRuns: 12 },
    );
  });
});
