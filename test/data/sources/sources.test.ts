import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LifelongError } from '../../../src/core/errors.js';
import { builtInSources } from '../../../src/data/sources/registry.js';
import { defineSource, type DataSource } from '../../../src/data/sources/source.js';
import { loadStream } from '../../../src/streams/load-stream.js';
import { tasksOf } from '../../streams/tiny-data.js';
import { tempFolder } from '../temp-folder.js';

describe('the built-in sources', () => {
  it('are a file each', () => {
    const files = readdirSync(fileURLToPath(new URL('../../../src/data/sources', import.meta.url))).filter((name) => name.endsWith('.ts'));
    const frame = ['data-section.ts', 'open-data.ts', 'registry.ts', 'source.ts'];
    expect(files.filter((name) => !frame.includes(name))).toEqual(builtInSources.map(({ name }) => `${name}.ts`).sort());
  });

  it.each(builtInSources.map((source) => [source.name, source] as const))('%s: keys are described, paths are keys', (name, source) => {
    const { source: tag, ...keys } = source.schema.shape as Record<string, z.ZodType>;
    expect(tag?.safeParse(name).success).toBe(true);
    expect(Object.keys(keys).filter((key) => keys[key]?.description === undefined)).toEqual([]);
    expect(Object.keys(keys)).toEqual(expect.arrayContaining(Object.keys(source.paths)));
  });
});

describe('a source of a program', () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'store'));
  for (const name of ['a.txt', 'b.txt', 'store/c.txt']) writeFileSync(join(folder, name), '');

  /** What `open` was called with, the last time. */
  let opened: unknown;
  const examples = { inputs: [[0], [1], [2], [3]], labels: ['x', 'y', 'x', 'y'] };
  const made = defineSource({
    name: 'made',
    keys: {
      file: z.string(),
      more: z.union([z.string(), z.array(z.string())]).default('20%'),
      place: z.union([z.string(), z.array(z.string())]).optional(),
      label: z.string().default('y'),
    },
    paths: { file: 'every', more: 'every', place: 'first' },
    open(section, context) {
      opened = { ...section, folder: context.folder, place: section.place satisfies string | undefined };
      return { train: examples, test: examples };
    },
  });
  const manifest = (data: string) => `name: made\nroot: store\ndata: ${data}\ntasks: { split: 2 }\n`;
  function load(text: string, set = {}, sources: readonly DataSource[] = [made]) {
    const path = join(folder, 'made.yaml');
    writeFileSync(path, text);
    return loadStream(path, { set, sources });
  }

  it('gets absolute paths, defaults, and the first path that is there; arrays become a data set', async () => {
    const stream = await load(manifest('{ source: made, file: ../a.txt, more: [../b.txt, c.txt], place: [gone, ../store] }'));
    expect(opened).toEqual({
      source: 'made',
      file: join(folder, 'a.txt'),
      more: [join(folder, 'b.txt'), join(folder, 'store/c.txt')],
      place: join(folder, 'store'),
      label: 'y',
      folder: join(folder, 'store'),
    });
    expect((await tasksOf(stream)).map(({ classes, train }) => [classes, train.size])).toEqual([
      [['x'], 1],
      [['y'], 1],
    ]);
    expect(stream.manifest).toMatchObject({ data: { source: 'made', file: '../a.txt', label: 'y' } });
  });

  it('what is set is meant from the current folder where it is a path, and stays as it is where it is none', async () => {
    const set = { 'data.source': 'made', 'data.file': join(folder, 'b.txt'), 'data.more': '50%', 'data.label': 'z' };
    const stream = await load(manifest('{ source: csv, file: ../a.txt }'), set);
    expect(opened).toMatchObject({ file: join(folder, 'b.txt'), more: '50%', label: 'z' });
    expect(stream.set).toEqual(set);
    const relative = load(manifest('{ source: made }'), { 'data.file': 'nowhere.txt' });
    await expect(relative).rejects.toThrow(`${join(process.cwd(), 'nowhere.txt')}: no such file or folder`);
  });

  it.each([
    ['{ source: made }', 'config', /\(data\.file\): data\.file: missing, string expected$/, undefined],
    ['{ source: made, file: ../a.txt, labl: z }', 'config', /:3: unknown key "labl": did you mean "label"\?$/, undefined],
    ['{ source: mad }', 'config', /one of package, idx, .*, npz, made expected, found "mad", did you mean made\?$/, undefined],
    [
      '{ source: made, file: gone.txt }',
      'data',
      /store\/gone\.txt: no such file or folder$/,
      /--set data\.file=FILE, or --set root=FOLDER/,
    ],
    [
      '{ source: made, file: ../a.txt, more: [c.txt, gone] }',
      'data',
      /store\/gone: no such file or folder$/,
      /--set "data\.more=\[FILE, …\]"/,
    ],
    ['{ source: made, file: ../a.txt, place: [g, h] }', 'data', /store\/g, .*\/h: no such file/, /--set data\.place=FOLDER/],
  ])('refuses %s', async (data, code, message, hint) => {
    const error: unknown = await load(manifest(data)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    if (hint) expect(error).toMatchObject({ hint: expect.stringMatching(hint) as string });
  });

  it('serves named data and the items of a sequence, also of another stream', async () => {
    const own = '{ source: made, file: a.txt }';
    writeFileSync(join(folder, 'other.yaml'), `name: other\ndata: ${own}\ntasks: { split: 2 }\n`);
    const items = '[{ data: mine }, { data: { source: made, file: b.txt } }, { stream: other.yaml }]';
    const stream = await load(`name: chained\ndatasets: { mine: ${own} }\ntasks: { sequence: ${items} }\n`);
    expect((await tasksOf(stream)).map(({ name }) => name)).toEqual(['mine, x vs y', 'made, x vs y', 'x', 'y']);
  });

  it('says where a path that is not there can be changed', async () => {
    const gone = '{ source: made, file: gone }';
    writeFileSync(join(folder, 'lost.yaml'), `name: lost\ndata: ${gone}\ntasks: { split: 2 }\n`);
    const hintOf = async (rest: string) => {
      const error: unknown = await load(`name: x\n${rest}\n`).catch((thrown: unknown) => thrown);
      return (error as LifelongError).hint;
    };
    expect(await hintOf(`datasets: { mine: ${gone} }\ntasks: { sequence: [{ data: mine }] }`)).toContain('--set datasets.mine.file=FILE');
    expect(await hintOf(`tasks: { sequence: [{ data: ${gone} }] }`)).toContain('--set tasks.sequence.0.data.file=FILE');
    expect(await hintOf('tasks: { sequence: [{ stream: lost.yaml }] }')).toBe('change the path, or root, in the manifest that has it');
  });

  it('is known only where it is handed over, under a name that is free', async () => {
    const text = manifest('{ source: made, file: ../a.txt }');
    await expect(load(text, {}, [])).rejects.toThrow(/one of package, .*, npz expected, found "made"/);
    const taken = defineSource({ name: 'csv', keys: {}, open: () => ({ train: examples, test: examples }) });
    await expect(load(text, {}, [made, taken])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('"csv"') as string,
    });
    await expect(load(text, {}, [made, { ...made }])).rejects.toMatchObject({ code: 'usage' });
  });
});
