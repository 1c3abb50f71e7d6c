import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { learn, loadStream, probe } from '../../src/index.js';
import { tempFolder } from '../data/temp-folder.js';
import { writeFiles } from '../faults/picture-files.js';
import { tinyVocabulary, writeTinyBert } from '../support/tiny-bert.js';
import { ended, lifelong, start } from './lifelong.js';

const folder = tempFolder();
const { weights } = writeTinyBert();
const [run, pairs, numbers] = ['run', 'pairs', 'numbers'].map((name) => join(folder, name)) as [string, string, string];

const file = (of: (warm: boolean, i: number) => string) => Array.from({ length: 24 }, (_, i) => `${of(i % 2 === 0, i)}\n`).join('');
const sentence = (warm: boolean, i: number) => `${warm ? 'warm fire' : 'cold snow'} ${['sea', 'sky', 'the sea', ''][i % 4] ?? ''}`.trim();

beforeAll(async () => {
  const text = 'tokenizer: vocab.txt, length: 12';
  const at = writeFiles(folder, {
    'vocab.txt': tinyVocabulary,
    'train.txt': file((warm, i) => `${warm ? 'hot' : 'icy'} ${sentence(warm, i)}`),
    'train.tsv': `a\tb\tk\n${file((warm, i) => `${sentence(warm, i)}\tsky\t${warm ? 'hot' : 'icy'}`)}`,
    'train.csv': `x,k\n${file((warm, i) => `${i},${warm ? 1 : 0}`)}`,
    'one.yaml': `name: one\ndata: { source: lines, train: train.txt, ${text} }\ntasks: { split: 1 }\n`,
    'two.yaml': `name: two\ndata: { source: tsv, train: train.tsv, text: [a, b], label: k, ${text} }\ntasks: { split: 1 }\n`,
    'three.yaml': 'name: three\ndata: { source: csv, train: train.csv, label: k }\ntasks: { split: 1 }\n',
    'new.txt': 'warm fire\ncold snow\n\n',
    'empty.txt': 'warm fire\n\ncold snow\n',
  });
  for (const [manifest, out, features] of [
    ['one', run, `minilm:${weights}`],
    ['two', pairs, `minilm:${weights}`],
    ['three', numbers, 'vector'],
  ] as const) {
    const strategy = probe();
    await lastValueFrom(learn(await loadStream(join(at, `${manifest}.yaml`)), strategy, { run: out, features }));
    strategy.dispose();
  }
});

const classesIn = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[1]);

describe('lifelong predict, of texts', () => {
  it('on the command line', async () => {
    const { code, stdout, stderr } = await lifelong(['predict', run, '--text', 'warm fire the sea', 'cold snow']);
    expect([code, stderr]).toEqual([0, '']);
    expect(classesIn(stdout)).toEqual(['hot', 'icy']);
    expect(stdout).toMatch(/^warm fire the sea\thot\t/);
  });

  it('on standard input, and in files, with what was cut said', async () => {
    const child = start(['predict', run, '-', join(folder, 'new.txt')]);
    child.stdin.end(`cold snow sky\n${'warm fire '.repeat(20)}\n`);
    const { code, stdout, stderr } = await ended(child);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(`${join(folder, 'new.txt')}:3: a text expected, found an empty one`);
    const other = start(['predict', run, '-']);
    other.stdin.end(`cold snow sky\n${'warm fire '.repeat(20)}\n\n`);
    const found = await ended(other);
    expect(found.stderr).toBe('-: 1 of 2 texts have more than 12 tokens and are cut\n');
    const answers = found.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t').slice(1));
    const { stdout: whole } = await lifelong(['predict', run, '--text', 'cold snow sky', 'warm fire '.repeat(5)]);
    expect(answers).toEqual(
      whole
        .trim()
        .split('\n')
        .map((line) => line.split('\t').slice(1)),
    ); // the first ten tokens, between [CLS] and [SEP]
    expect(stdout).toBe('');
  });

  it('in pairs', async () => {
    const { code, stdout } = await lifelong(['predict', pairs, '--text', 'warm fire sea\tsky']);
    expect([code, classesIn(stdout)]).toEqual([0, ['hot']]);
    const { code: refused, stderr } = await lifelong(['predict', pairs, '--text', 'warm fire']);
    expect([refused, stderr]).toEqual([
      2,
      expect.stringContaining('--text:1: two texts parted by a tab expected, as the task has them, found 1'),
    ]);
  });

  it.each([
    ['nothing at all', [run], 'predict: files, - for standard input, or --text expected, found none of them'],
    ['an empty text', [run, '--text', ' '], '--text:1: a text expected, found an empty one'],
    ['an empty line', [run, join(folder, 'empty.txt')], 'empty.txt:2: a text expected, found an empty one'],
    ['a text for a task of numbers', [numbers, '--text', 'sea'], '--text: vectors [length] expected, found a text'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await lifelong(['predict', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('says which vocabulary is gone', async () => {
    renameSync(join(folder, 'vocab.txt'), join(folder, 'moved.txt'));
    const { code, stderr } = await lifelong(['predict', run, '--text', 'sea']);
    renameSync(join(folder, 'moved.txt'), join(folder, 'vocab.txt'));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /--text: the vocabulary with sha256 [0-9a-f]{64} expected at .*vocab\.txt, as the task's texts were cut by, found none or another/,
    );
  });
});

describe('a vocabulary that does not fit the weights', () => {
  it('is refused before anything is learned', async () => {
    const at = writeFiles(folder, {
      'larger.txt': `${tinyVocabulary}sun\nmoon\n`,
      'other.yaml': 'name: other\ndata: { source: lines, train: train.txt, tokenizer: larger.txt }\ntasks: { split: 1 }\n',
    });
    const strategy = probe();
    const learning = lastValueFrom(
      learn(await loadStream(join(at, 'other.yaml'), { set: { 'data.length': 12 } }), strategy, {
        run: join(folder, 'other'),
        features: `minilm:${weights}`,
      }),
    );
    await expect(learning).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('a vocabulary of 23 tokens expected, found one of 25') as string,
    });
    strategy.dispose();
  });
});
