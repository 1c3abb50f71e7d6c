import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGrid } from '../../src/grid/read-grid.js';
import { projectFolder } from './tiny-grid.js';

const whole = `streams:
  - split-mnist
  - { stream: tiny.yaml, name: small, tasks: 2 }
strategies:
  - finetune
  - { strategy: ewc, options: { lambda: 10 } }
  - { strategy: ewc, options: { lambda: 100 } }
seeds: [0, 1]
options: { epochs: 2 }
`;

const gridOf = (text: string) => readGrid(join(projectFolder(text), 'grid.yaml'));

/** What a grid file with this in place of that is refused with. */
async function refusal(part: string | RegExp, replacement: string) {
  const changed = whole.replace(part, replacement);
  expect(changed).not.toBe(whole);
  const error: unknown = await gridOf(changed).catch((thrown: unknown) => thrown);
  return error;
}

describe('a grid file', () => {
  it('is every stream with every strategy and seed, in this order', async () => {
    const { name, out, cells, sides } = await gridOf(whole);
    expect({ name, out }).toEqual({ name: 'grid', out: join('checkpoints', 'grid') });
    expect(sides.seeds).toEqual(['0', '1']);
    expect(cells.map((cell) => cell.name.replace(/-[0-9a-f]{10}$/, ''))).toEqual(
      ['split-mnist', 'small'].flatMap((stream) =>
        ['finetune', 'ewc', 'ewc'].flatMap((strategy) => [0, 1].map((seed) => `${stream}-${strategy}-s${seed}`)),
      ),
    );
    expect(new Set(cells.map((cell) => cell.name)).size).toBe(12);
    expect(cells[8]).toMatchObject({ strategy: 'ewc', options: { epochs: 2, lambda: 10 }, tasks: 2, seed: 0 });
  });

  it('has the same run folders wherever it lies, and others as soon as a run would be another', async () => {
    const names = async (text: string) => (await gridOf(text)).cells.map((cell) => cell.name);
    const first = await names(whole);
    expect(await names(`# the same\n${whole}`)).toEqual(first);
    expect(await names(whole.replace('[0, 1]', '[0, 1, 2]'))).toEqual(expect.arrayContaining(first));
    for (const [part, other] of [
      ['epochs: 2', 'epochs: 3'],
      ['tasks: 2', 'tasks: 3'],
      ['name: small', 'name: small, set: { limits.train: 50 }'],
    ] as const) {
      const changed = await names(whole.replace(part, other));
      expect(changed.filter((name) => name.startsWith('small') && first.includes(name))).toEqual([]);
    }
    expect((await names(whole.replace('lambda: 100 ', 'lambda: 101 '))).filter((name) => !first.includes(name))).toHaveLength(4);
  });

  it('follows its manifest, but not what that leaves to the run', async () => {
    const folder = projectFolder(whole);
    const names = async () => (await readGrid(join(folder, 'grid.yaml'))).cells.map((cell) => cell.name).slice(6);
    const before = await names();
    const manifest = 'name: tiny\ndata: { source: csv, train: train.csv, test: test.csv, label: label }\n';
    writeFileSync(join(folder, 'tiny.yaml'), `${manifest}tasks: { split: 3 }\nseed: 5\noptions: { epochs: 7 }\n`);
    expect(await names()).toEqual(before);
    writeFileSync(join(folder, 'tiny.yaml'), `${manifest}tasks: { split: 2 }\n`);
    expect((await names()).filter((name) => before.includes(name))).toEqual([]);
  });

  it.each([
    ['a key', 'seeds:', 'seds:', 'grid.yaml:8: unknown key "seds": did you mean "seeds"?', undefined],
    ['a key of a stream', 'tasks: 2', 'task: 2', 'grid.yaml:3: unknown key "task": did you mean "tasks"?', undefined],
    ['a shipped stream', 'split-mnist', 'split-mnits', 'grid.yaml:2: stream "split-mnits" is not known', 'did you mean split-mnist?'],
    ['a manifest', 'tiny.yaml', 'tinny.yaml', /grid\.yaml:3: \S*tinny\.yaml: no such stream manifest/, 'lifelong streams list'],
    ['a strategy', 'finetune', 'finetunes', /grid\.yaml:5: unknown strategy "finetunes"/, 'did you mean finetune?'],
    ['an option', 'lambda: 100 ', 'lamda: 100 ', 'grid.yaml:7: ewc: unknown option "lamda"', 'did you mean lambda?'],
    [
      'the value of an option',
      'lambda: 100 ',
      'lambda: much ',
      'grid.yaml:7: ewc: option lambda: number expected, found "much"',
      undefined,
    ],
    [
      'an option for all',
      'epochs: 2',
      'epoch: 2',
      /grid\.yaml:9: an option that one of the strategies has expected, found "epoch"/,
      'did you mean epochs?',
    ],
    [
      'a key that is set',
      'name: small',
      'set: { limits.trian: 5 }',
      /grid\.yaml:3: .*unknown key "trian": did you mean "train"\?/,
      undefined,
    ],
    ['a seed', '[0, 1]', '[0, -1]', /grid\.yaml:8: seeds\.1: number from 0 expected, found -1/, undefined],
    ['the same twice', 'lambda: 100 ', 'lambda: 10 ', 'grid.yaml:7: runs that differ expected, found split-mnist-ewc-s0 twice', undefined],
  ])('is refused with line and nearest name where %s is wrong', async (_, part, replacement, message, hint) => {
    const error = await refusal(part, replacement);
    expect(error).toMatchObject({
      code: 'config',
      message: (typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message)) as string,
      hint,
    });
  });

  it('that is none is refused', async () => {
    await expect(gridOf('just a text')).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('a grid with streams') as string,
    });
    await expect(readGrid('nowhere.yaml')).rejects.toMatchObject({ code: 'data' });
  });
});
