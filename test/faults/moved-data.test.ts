import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { finetune, learn, LifelongError, loadStream, openRun } from '../../src/index.js';
import { lifelong } from '../cli/lifelong.js';
import { lines, npy, write } from './files.js';
import { writeFiles } from './picture-files.js';
import { png } from './picture-streams.js';

const manifest = (data: string, tasks = 'split: 1') =>
  `name: moving\n${data}\ntasks: { ${tasks} }\noptions: { network: mlp, units: 8, epochs: 1 }\n`;

const photos = (folder: string, count = 10, dark = 3) =>
  Object.fromEntries(
    ['down', 'left', 'right', 'up'].flatMap((half) =>
      Array.from({ length: count }, (_, i) => [`${folder}/${half}/${i}.png`, png(half as 'left', dark * i)]),
    ),
  );

/** The arguments of the command that a line on stderr says, with these values for what it leaves open. */
function commandIn(stderr: string, values: Readonly<Record<string, string>>): string[] {
  const command = /lifelong (resume .*?)(, or .*)?$/m.exec(stderr)?.[1] ?? expect.fail(`no command in: ${stderr}`);
  return command.split(' ').map((word) => word.replace(/FOLDER|FILE/, values[word.split('=')[0] ?? ''] ?? ''));
}

describe('P8: data that are elsewhere when a run goes on', () => {
  it('P8: the command that the hint names works, and the run keeps the new place', async () => {
    const at = write({
      ...photos('photos'),
      'moving.yaml': manifest('data: { source: folder, path: photos }', 'order: [[left, right]]'),
    })('');
    const call = (...args: string[]) => lifelong(args, { cwd: at });
    expect(await call('run', 'moving.yaml', '--strategy', 'independent', '--out', 'run')).toMatchObject({ code: 0 });
    renameSync(join(at, 'photos'), join(at, 'photographs'));
    const more = manifest('data: { source: folder, path: photos }', 'order: [[left, right], [down, up]]');
    writeFileSync(join(at, 'moving.yaml'), more);
    const before = readFileSync(join(at, 'run/run.json'));

    const lost = await call('resume', 'run');
    expect(lost.code, lost.stderr).toBe(2);
    expect(lost.stderr).toContain(`${join(at, 'photos')}: no such file or folder`);
    expect(readFileSync(join(at, 'run/run.json'))).toEqual(before);

    const command = commandIn(lost.stderr, { 'data.path': 'photographs' });
    expect(command).toEqual(['resume', 'run', '--set', 'data.path=photographs']);
    const found = await call(...command);
    expect(found.code, found.stderr).toBe(0);
    expect((await readRun(join(at, 'run'))).tasks).toHaveLength(2);
    expect(await call('resume', 'run')).toMatchObject({ code: 0, stderr: expect.stringContaining('is complete') as string });
  });

  it('P8: other data are refused by fingerprint, other settings by name, and nothing changes', async () => {
    const at = write({ ...photos('photos'), ...photos('others', 9), 'moving.yaml': manifest('data: { source: folder, path: photos }') })(
      '',
    );
    const call = (...args: string[]) => lifelong(args, { cwd: at });
    expect(await call('run', 'moving.yaml', '--strategy', 'independent', '--out', 'run')).toMatchObject({ code: 0 });
    const before = readFileSync(join(at, 'run/run.json'));
    const others = await call('resume', 'run', '--set', 'data.path=others');
    expect(others.code).toBe(2);
    expect(others.stderr).toMatch(
      /task 0 \(down vs left vs right vs up\) of run: .* \(fingerprint [0-9a-f]{64}\), found others \([0-9a-f]{64}\)/,
    );
    for (const setting of ['limits.train', 'data.maxPixels', 'epochs', 'data.__proto__.x', 'data.pth']) {
      const opened = await openRun(join(at, 'run'));
      await expect(lastValueFrom(opened.resume(undefined, { set: { [setting]: 'photos' } }))).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringMatching(/--set .*: a place of the data of .*run \(root, data\.path\) expected/) as string,
      });
    }
    expect(readFileSync(join(at, 'run/run.json'))).toEqual(before);
  });

  const points = (perClass: number) => lines(['a', 'b'], perClass);
  const labels = npy(
    '|u1',
    [24],
    Uint8Array.from({ length: 24 }, (_, i) => i % 2),
  );
  const inputs = npy(
    '<f4',
    [24, 2],
    Float32Array.from({ length: 48 }, (_, i) => i % 5),
  );
  it.each<[string, string, string, Record<string, string | Uint8Array>, Record<string, string | string[]>]>([
    [
      'both files of a table',
      'data: { source: csv, train: a.csv, test: b.csv, label: kind }',
      'split: 1',
      { 'a.csv': `x,y,kind\n${points(12)}`, 'b.csv': `x,y,kind\n${points(4)}` },
      { 'data.train': 'a.csv', 'data.test': 'b.csv' },
    ],
    [
      'arrays, a file each',
      'data: { source: npy, train: [x.npy, y.npy] }',
      'split: 1',
      { 'x.npy': inputs, 'y.npy': labels },
      { 'data.train': ['x.npy', 'y.npy'] },
    ],
    [
      'arrays in one file',
      "data: { source: npz, path: d.npz, arrays: { train: [x, y], test: '20%' } }",
      'split: 1',
      { 'd.npz': zipSync({ 'x.npy': inputs, 'y.npy': labels }) },
      { 'data.path': 'd.npz' },
    ],
    [
      'named data of a sequence',
      'datasets: { mine: { source: csv, train: a.csv, label: kind } }',
      'sequence: [{ data: mine }]',
      { 'a.csv': `x,y,kind\n${points(12)}` },
      { 'datasets.mine.train': 'a.csv' },
    ],
    [
      'data in an item of a sequence',
      '',
      'sequence: [{ data: { source: csv, train: a.csv, label: kind } }]',
      { 'a.csv': `x,y,kind\n${points(12)}` },
      { 'tasks.sequence.0.data.train': 'a.csv' },
    ],
  ])('P8: %s, and the library', async (_, data, tasks, files, keys) => {
    const moved = (name: string | string[]): string | string[] =>
      Array.isArray(name) ? name.map((one) => moved(one) as string) : at(`new/${name}`);
    const at = write({
      ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`old/${name}`, content])),
      'moving.yaml': manifest(`root: old\n${data}`, tasks),
    });
    const strategy = finetune({ network: 'mlp', units: 8, epochs: 1 });
    await lastValueFrom(learn(await loadStream(at('moving.yaml')), strategy, { run: at('run') })).finally(() => strategy.dispose());
    renameSync(at('old'), at('new'));
    const resume = async (set?: Record<string, string | string[]>) => {
      const opened = await openRun(at('run'));
      return lastValueFrom(opened.resume(undefined, set && { set }));
    };
    const error = await resume().catch((thrown: unknown) => thrown as LifelongError);
    expect(error).toBeInstanceOf(LifelongError);
    for (const key of Object.keys(keys)) expect((error as LifelongError).hint).toContain(`${key}=`);
    expect((error as LifelongError).hint).toContain(`lifelong resume ${at('run')} --set`);
    await expect(resume(Object.fromEntries(Object.entries(keys).map(([key, name]) => [key, moved(name)])))).resolves.toMatchObject({
      type: 'run-finished',
    });
    await expect(resume()).resolves.toMatchObject({ type: 'run-finished' });
  });

  it('P8: root moves everything, also where the manifest has stayed behind', async () => {
    const at = write({
      'home/data/a.csv': `x,y,kind\n${points(12)}`,
      'home/moving.yaml': manifest('data: { source: csv, train: data/a.csv, label: kind }'),
    });
    const strategy = finetune({ network: 'mlp', units: 8, epochs: 1 });
    await lastValueFrom(learn(await loadStream(at('home/moving.yaml')), strategy, { run: at('run') })).finally(() => strategy.dispose());
    renameSync(at('home'), at('away'));
    const lost = await lifelong(['resume', 'run'], { cwd: at('') });
    expect(lost.code, lost.stderr).toBe(2);
    expect(lost.stderr).toContain('--set root=FOLDER');
    expect(await lifelong(['resume', 'run', '--set', 'root=away'], { cwd: at('') })).toMatchObject({ code: 0 });
    expect(await lifelong(['resume', 'run'], { cwd: at('') })).toMatchObject({ code: 0 });
  });

  it('P8: a manifest that is handed over is held to the same', async () => {
    const at = write({ ...photos('photos', 6), 'moving.yaml': manifest('data: { source: folder, path: photos }') });
    const strategy = finetune({ network: 'mlp', units: 8, epochs: 1 });
    await lastValueFrom(learn(await loadStream(at('moving.yaml')), strategy, { run: at('run') })).finally(() => strategy.dispose());
    writeFiles(at(''), photos('others', 7));
    const others = await loadStream(at('moving.yaml'), { set: { 'data.path': at('others') } });
    await expect(lastValueFrom((await openRun(at('run'))).resume(others))).rejects.toThrow('found others');
    renameSync(at('photos'), at('album'));
    const album = await loadStream(at('moving.yaml'), { set: { 'data.path': at('album') } });
    await expect(lastValueFrom((await openRun(at('run'))).resume(album))).resolves.toMatchObject({ type: 'run-finished' });
  });
});
