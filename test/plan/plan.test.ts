import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { independent, learn, loadStream, probe, type Strategy } from '../../src/index.js';
import { lifelong } from '../cli/lifelong.js';
import { tempFolder } from '../data/temp-folder.js';
import { writeFiles } from '../faults/picture-files.js';
import { tinyVocabulary, writeTinyBert } from '../support/tiny-bert.js';

const shipped = fileURLToPath(new URL('../../docs/examples/technology.yaml', import.meta.url));
const folder = tempFolder();
const [onBackbone, onFeatures] = [join(folder, 'adapters'), join(folder, 'probe')];
const { weights } = writeTinyBert();

beforeAll(async () => {
  const lines = Array.from(
    { length: 24 },
    (_, i) => `${i % 2} ${i % 2 === 0 ? 'warm fire' : 'cold snow'} ${i % 3 === 0 ? 'sea' : 'sky'}\n`,
  );
  const at = writeFiles(folder, {
    'vocab.txt': tinyVocabulary,
    'train.txt': lines.join(''),
    'one.yaml': 'name: one\ndata: { source: lines, train: train.txt, tokenizer: vocab.txt, length: 12 }\ntasks: { split: 1 }\n',
  });
  const learned = async (strategy: Strategy, options: Parameters<typeof learn>[2]) => {
    await lastValueFrom(learn(await loadStream(join(at, 'one.yaml')), strategy, options));
    strategy.dispose();
  };
  await learned(independent({ network: 'adapter', epochs: 1 }), {
    run: onBackbone,
    backbone: `minilm:${weights}`,
    features: `minilm:${weights}`,
  });
  await learned(probe(), { run: onFeatures, features: `minilm:${weights}` });
});

describe('lifelong plan', () => {
  it('counts what the run has', async () => {
    const { code, stdout, stderr } = await lifelong(['plan', onBackbone, '--tech', shipped, '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const { numbers, constants, placements } = JSON.parse(stdout) as {
      numbers: { frozen: number; tasks: number; passes: { frozenNumbers: number }[] };
      constants: string;
      placements: unknown[];
    };
    const { experts, tasks, files } = JSON.parse(readFileSync(join(onBackbone, 'run.json'), 'utf8')) as {
      experts: { bytes: number }[];
      tasks: { headParameters: number }[];
      files: Record<string, { numbers: number }>;
    };
    const frozen = Object.entries(files).find(([group]) => group.startsWith('frozen/'))?.[1].numbers ?? NaN;
    expect(numbers.frozen).toBe(frozen);
    expect(numbers.tasks).toBe((experts[0]?.bytes ?? NaN) / 4 + (tasks[0]?.headParameters ?? NaN));
    // 12 of 23 rows of words and of 24 positions are read, all else is
    expect(numbers.passes.map(({ frozenNumbers }) => frozenNumbers)).toEqual([frozen - (11 + 12) * 128]);
    expect(placements).toHaveLength(6);
    expect(constants).toBe(
      `All constants are those of ${shipped} (round numbers for an example): illustrative, of no device in particular.`,
    );
  });

  it('is a table that says whose constants they are', async () => {
    const { code, stdout } = await lifelong(['plan', onBackbone, '--tech', shipped], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +rram +sram +/m);
    expect(stdout).toMatch(/^ +sram, a copy a task +sram +/m);
    expect(stdout.replace(/\s+/g, ' ')).toContain('illustrative, of no device in particular.');
  });

  it.each<[what: string, change: (file: string) => string, told: RegExp]>([
    ['a constant is missing', (file) => file.replace('multiplyAdd: 0.5 # picojoules\n', ''), /multiplyAdd: missing, number expected/],
    [
      'one of a memory is missing',
      (file) => file.replace(', standby: 0 }', ' }'),
      /tech.yaml \(memories.rram.standby\): memories.rram.standby: missing, number expected/,
    ],
    ['one is negative', (file) => file.replace('area: 2,', 'area: -2,'), /memories.sram.area: number from 0 expected, found -2/],
    ['one is no number', (file) => file.replace('read: 1,', 'read: .nan,'), /memories.sram.read: number expected, found NaN/],
    ['one is infinite', (file) => file.replace('read: 1,', 'read: .inf,'), /memories.sram.read: number expected, found Infinity/],
    ['everything is left out', (file) => file.replace('leftOut: 0.5', 'leftOut: 1'), /frozen.leftOut: number below 1 expected, found 1/],
    ['a key is unknown', (file) => file.replace('multiplyAdd', 'multiplyAdds'), /unknown key "multiplyAdds": did you mean "multiplyAdd"\?/],
    ['there is no memory', (file) => file.replace(/memories[^]*/, 'memories: {}\n'), /memories: at least one memory by name expected/],
    ['it is a list', () => '- 1\n', /tech.yaml: an object with constants of memories expected/],
  ])('says in one line that %s', async (_, change, told) => {
    writeFiles(folder, { 'tech.yaml': change(readFileSync(shipped, 'utf8')) });
    const { code, stdout, stderr } = await lifelong(['plan', onBackbone, '--tech', join(folder, 'tech.yaml')]);
    expect(stderr).toMatch(told);
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
  });

  it('refuses a run whose experts stand on nothing, and files that are not there', async () => {
    const without = await lifelong(['plan', onFeatures, '--tech', shipped]);
    expect(without.code).toBe(2);
    expect(without.stderr).toMatch(/tasks with experts on frozen weights expected, found experts on none\n.*run --backbone/);
    for (const args of [
      ['plan', join(folder, 'nosuch'), '--tech', shipped],
      ['plan', onBackbone, '--tech', join(folder, 'nosuch.yaml')],
    ]) {
      const { code, stderr } = await lifelong(args);
      expect(code).toBe(2);
      expect(stderr).toContain('nosuch');
    }
    expect((await lifelong(['plan', onBackbone])).stderr).toContain("required option '--tech <file>' not specified");
  });
});
