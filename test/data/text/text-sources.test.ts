import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadStream } from '../../../src/streams/load-stream.js';
import { tasksOf } from '../../streams/tiny-data.js';
import { tinyTokens, tinyVocabulary } from '../../support/tiny-bert.js';
import { writeFiles } from '../../faults/picture-files.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();
let count = 0;

const open = (files: Readonly<Record<string, string | Uint8Array>>, data: string) => {
  const manifest = `name: texts\ndata: { ${data}, tokenizer: vocab.txt, length: 8 }\ntasks: { split: 1 }\nlimits: { validation: 0 }\n`;
  const at = writeFiles(join(folder, String(count++)), { 'vocab.txt': tinyVocabulary, ...files, 'stream.yaml': manifest });
  return loadStream(join(at, 'stream.yaml'));
};

/** The tokens of every training example, and its class. */
async function learnt(files: Readonly<Record<string, string | Uint8Array>>, data: string) {
  const stream = await open(files, data);
  const [task] = await tasksOf(stream);
  if (!task) throw new Error('a task expected');
  const { inputs, labels, shape } = await task.train.read(Int32Array.from({ length: task.train.size }, (_, i) => i));
  expect(task.input).toEqual({ domain: 'text', shape: [8], dtype: 'int32' });
  expect(task.normalization).toBeNull();
  const length = shape[0] ?? 0;
  const rows = Array.from(labels, (label, i) => {
    const ids = Array.from(inputs.subarray(i * length, (i + 1) * length)).filter((id) => id !== 0);
    return [task.classes[label], ids.map((id) => `${id < 0 ? '-' : ''}${tinyTokens[Math.abs(id)] ?? ''}`).join(' ')];
  });
  return { rows, task, notes: stream.notes?.() ?? [] };
}

const single = [
  ['warm', '[CLS] the red fire [SEP]'],
  ['cold', '[CLS] snow [SEP]'],
  ['cold', '[CLS] a blue sea [SEP]'],
  ['warm', '[CLS] not cold [SEP]'],
];
const paired = [
  ['yes', '[CLS] the sea [SEP] -a -sea -[SEP]'],
  ['no', '[CLS] fire [SEP] -not -a -sky -[SEP]'],
];
const tsv = 'kind\tx\tsentence\nwarm\t1\tThe red FIRE\ncold\t2\tsnow\ncold\t3\ta blue sea\nwarm\t4\tnot cold\n';
const pairs = 'first\tsecond\tsays\nthe sea\ta sea\tyes\nfire\tnot a sky\tno\n';

describe('texts of', () => {
  it.each([
    ['tsv', { 'a.tsv': tsv }, 'source: tsv, train: a.tsv, test: a.tsv, text: sentence, label: kind'],
    ['tsv, gzip', { 'a.tsv.gz': gzipSync(tsv) }, 'source: tsv, train: a.tsv.gz, test: a.tsv.gz, text: sentence, label: kind'],
    [
      'tsv without names, Windows',
      { 'a.tsv': tsv.split('\n').slice(1).join('\r\n') },
      "source: tsv, train: a.tsv, test: a.tsv, header: false, text: '2', label: '0'",
    ],
    [
      'csv',
      { 'a.csv': 'kind,sentence\nwarm,"The red\n fire"\ncold,snow\ncold,a blue sea\nwarm,"not cold"\n' },
      'source: csv, train: a.csv, test: a.csv, text: sentence, label: kind',
    ],
    [
      'jsonl',
      {
        'a.jsonl': ['The red fire', 'snow', 'a blue sea', 'not cold']
          .map((text, i) => JSON.stringify({ text, kind: single[i]?.[0] }))
          .join('\n'),
      },
      'source: jsonl, train: a.jsonl, test: a.jsonl, text: text, label: kind',
    ],
    ['lines', { 'a.txt': 'warm the red fire\ncold snow\ncold a blue sea\nwarm not cold\n' }, 'source: lines, train: a.txt, test: a.txt'],
    [
      'lines with names for labels',
      { 'a.txt': '1 the red fire\n0 snow\n0 a blue sea\n1 not cold\n' },
      'source: lines, train: a.txt, test: a.txt, names: { 0: cold, 1: warm }',
    ],
  ])('%s are ids of tokens', async (_, files, data) => {
    expect((await learnt(files, data)).rows).toEqual(single);
  });

  it.each([
    ['tsv', { 'a.tsv': pairs }, 'source: tsv, train: a.tsv, test: a.tsv, text: [first, second], label: says'],
    ['csv', { 'a.csv': pairs.replaceAll('\t', ',') }, 'source: csv, train: a.csv, test: a.csv, text: [first, second], label: says'],
    [
      'jsonl',
      { 'a.jsonl': '{"a":"the sea","b":"a sea","k":"yes"}\n{"a":"fire","b":"not a sky","k":"no"}' },
      'source: jsonl, train: a.jsonl, test: a.jsonl, text: [a, b], label: k',
    ],
  ])('pairs in %s: the second text is marked', async (_, files, data) => {
    expect((await learnt(files, data)).rows).toEqual(paired);
  });

  it('labels that are integers in every part become numbers', async () => {
    const files = { 'a.tsv': 't\tk\nsea\t1\nsky\t0\n', 'b.tsv': 't\tk\nsea\t1\nsky\tx\n' };
    expect((await learnt(files, 'source: tsv, train: a.tsv, test: a.tsv, text: t, label: k')).task.classes).toEqual([0, 1]);
    expect((await learnt(files, 'source: tsv, train: a.tsv, test: b.tsv, text: t, label: k')).task.classes).toEqual(['0', '1', 'x']);
  });

  it('latin-1 is read where it is said, and is refused with its line where it is not', async () => {
    const files = { 'a.txt': Buffer.from('x sea\ny caf\u00e9 sky\n', 'latin1') };
    const data = 'source: lines, train: a.txt, test: a.txt';
    expect((await learnt(files, `${data}, encoding: latin-1`)).rows).toEqual([
      ['x', '[CLS] sea [SEP]'],
      ['y', '[CLS] [UNK] sky [SEP]'],
    ]);
    await expect(open(files, data)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(/a\.txt: text in UTF-8 expected, found other bytes in line 2$/) as string,
    });
  });

  it('finds the line of other bytes far into a file, also behind characters that pieces cut', async () => {
    const line = `x ${'é日'.repeat(30)}\n`;
    const content = Buffer.concat([Buffer.from(line.repeat(3000)), Buffer.from('y caf\u00e9\n', 'latin1'), Buffer.from(line)]);
    await expect(open({ 'a.txt': content }, 'source: lines, train: a.txt, test: a.txt')).rejects.toThrow('other bytes in line 3001');
  });

  it('too long or empty: cut or left out, and counted', async () => {
    const files = { 'a.txt': `x ${'sea '.repeat(9)}\ny \nx sky\ny snow\n` };
    const { rows, notes } = await learnt(files, 'source: lines, train: a.txt, test: a.txt');
    expect(rows).toEqual([
      ['x', `[CLS] ${'sea '.repeat(6)}[SEP]`],
      ['x', '[CLS] sky [SEP]'],
      ['y', '[CLS] snow [SEP]'],
    ]);
    expect(notes).toContain('lines: a.txt: 1 of 4 texts are empty and left out');
    expect(notes).toContain('lines: a.txt: 1 of 3 texts have more than 8 tokens and are cut');
  });
});

describe('texts are refused:', () => {
  const lines = { 'a.txt': 'x sea\ny sky\n' };
  it.each([
    [
      'a pair in one column',
      { 'a.tsv': 'a\tk\nsea\t1\n' },
      'source: tsv, train: a.tsv, text: [a, b], label: k',
      'a.tsv:1: column "b" expected, found a, k',
    ],
    [
      'a column twice',
      { 'a.tsv': 'a\ta\tk\nsea\tsky\t1\n' },
      'source: tsv, train: a.tsv, text: a, label: k',
      'a.tsv:1: one column "a" expected, found it at 1 and 2',
    ],
    [
      'a row with a tab more',
      { 'a.tsv': 'a\tk\nsea\t1\nsea\tsky\t1\n' },
      'source: tsv, train: a.tsv, text: a, label: k',
      'a.tsv:3: 2 columns parted by tabs expected, found 3',
    ],
    [
      'a row without a label',
      { 'a.tsv': 'a\tk\nsea\t\n' },
      'source: tsv, train: a.tsv, text: a, label: k',
      'a.tsv:2: a label expected, found an empty field',
    ],
    [
      'a label that is not in the list',
      { 'a.txt': 'x sea\nz sky\n' },
      'source: lines, train: a.txt, classes: [x, y]',
      'a.txt:2: a label of data.classes or data.names (x, y) expected, found "z"',
    ],
    [
      'a line without a blank',
      { 'a.txt': 'x sea\nsky\n' },
      'source: lines, train: a.txt',
      'a.txt:2: a label, a blank and a text expected, found "sky"',
    ],
    [
      'a number for a text',
      { 'a.jsonl': '{"t":3,"label":1}' },
      'source: jsonl, train: a.jsonl, text: t',
      'a.jsonl:1: a text expected under "t", found 3',
    ],
    [
      'nothing for a text',
      { 'a.jsonl': '{"label":1}' },
      'source: jsonl, train: a.jsonl, text: t',
      'a.jsonl:1: a text expected under "t", found nothing',
    ],
    ['nothing but empty texts', { 'a.txt': 'x \n' }, 'source: lines, train: a.txt', 'a.txt: at least one text expected, found none'],
    [
      'keys of numbers',
      { 'a.csv': 'a,k\nsea,1\n' },
      'source: csv, train: a.csv, text: a, label: k, scale: 2',
      'data.text: no keys of numbers beside it expected, found scale',
    ],
    ['more tokens than a network takes', lines, 'source: lines, train: a.txt, length: 513', 'length'],
  ])('%s', async (_, files, data, message) => {
    const given = data.includes('length') ? data : `${data}, tokenizer: vocab.txt`;
    const at = writeFiles(join(folder, String(count++)), { 'vocab.txt': tinyVocabulary, ...files });
    writeFileSync(join(at, 'stream.yaml'), `name: texts\ndata: { ${given} }\ntasks: { split: 1 }\n`);
    await expect(loadStream(join(at, 'stream.yaml'))).rejects.toThrow(message);
  });
});
