import { encode } from 'fast-png';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportManifestSchema } from '../../src/export/manifest.js';
import { learn } from '../../src/learner/learn.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { par } from '../../src/strategies/par/par.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';
import { lifelong } from './lifelong.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-export-cli-'));
const tasks = [tinyTask('0', 0, { train: 80 }), tinyTask('1', 5, { train: 80 })];

beforeAll(async () => {
  for (const strategy of [
    par({ ...tinyPar, regularizeThreshold: 1 }),
    finetune({ network: 'mlp', units: 4, epochs: 1, engine: 'eager' }),
  ]) {
    await lastValueFrom(learn(tasks, strategy, { run: join(cwd, strategy.name) }));
    strategy.dispose();
  }
  const rows = tasks.map(({ test }) => Array.from((test.inputs as Float32Array).subarray(0, 64)));
  writeFileSync(join(cwd, 'rows.json'), JSON.stringify(rows));
  writeFileSync(join(cwd, 'blank.png'), encode({ width: 8, height: 8, channels: 1, data: new Uint8Array(64).fill(255) }));
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('export', () => {
  it('writes models and says where they are', async () => {
    const { code, stdout, stderr } = await lifelong(['export', 'par', '-o', 'web/models'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      `task 0 (0-class0, 0-class1)\t${join('web', 'models', 'task-0', 'model.json')}`,
      `task 1 (1-class0, 1-class1)\t${join('web', 'models', 'task-1', 'model.json')}`,
    ]);
    expect(JSON.parse(readFileSync(join(cwd, 'web/models/task-1/model.json'), 'utf8'))).toMatchObject({ format: 'graph-model' });
  });

  it('refuses a folder with something in it, takes --force for an export, and prints the manifest', async () => {
    const refused = await lifelong(['export', 'par', '-o', 'web/models'], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/web\/models: a new or empty folder expected, found an export\n {2}--force replaces it/);
    const one = await lifelong(['export', 'par', '-o', 'web/models', '--task', '1', '--force', '--json'], { cwd });
    expect(one.code, one.stderr).toBe(0);
    expect(exportManifestSchema.parse(JSON.parse(one.stdout)).tasks.map(({ id }) => id)).toEqual(['1']);
    expect((await lifelong(['export', 'par', '-o', '.', '--force'], { cwd })).code).toBe(2);
  });

  it.each([
    [['export', 'par'], /required option '-o, --output <folder>'/],
    [['export', 'nosuch', '-o', 'x'], /nosuch: a run folder expected/],
    [['export', 'par', '-o', 'x', '--task', '7'], /task "7" is not in par: one of 0, 1 expected/],
  ])('%j is wrong usage', async (args, told) => {
    const { code, stderr } = await lifelong(args, { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
  });
});

describe('predict --task auto', () => {
  it('finds the task of every example, and abstains from what is far from all', async () => {
    const { code, stdout, stderr } = await lifelong(['predict', 'par', 'rows.json', 'blank.png', '--task', 'auto', '--json'], { cwd });
    expect(code, stderr).toBe(0);
    const found = JSON.parse(stdout) as { classes: unknown; predictions: Record<string, unknown>[] };
    expect(found.classes).toEqual({ 0: ['0-class0', '0-class1'], 1: ['1-class0', '1-class1'] });
    const [first, second, third] = found.predictions;
    expect(first).toMatchObject({ file: 'rows.json', row: 0, task: '0', class: '0-class0', abstained: false, nearest: '0' });
    expect(second).toMatchObject({ file: 'rows.json', row: 1, task: '1', class: '1-class0', abstained: false, nearest: '1' });
    expect(third).toMatchObject({ file: 'blank.png', row: 0, task: null, abstained: true });
    expect(third?.['reason']).toMatch(/^far from all tasks: /);
    expect(third).not.toHaveProperty('class');
    for (const prediction of found.predictions) expect(prediction['distance']).toBeGreaterThan(0);

    const told = await lifelong(['predict', 'par', 'rows.json', '--task', '1', '--json'], { cwd });
    const { predictions } = JSON.parse(told.stdout) as { predictions: { probability: number }[] };
    expect(second?.['probability']).toBeCloseTo(predictions[1]?.probability ?? NaN, 6);
  });

  it('says the same in words', async () => {
    const { stdout } = await lifelong(['predict', 'par', 'rows.json', 'blank.png', '--task', 'auto'], { cwd });
    const [first, , third] = stdout.trim().split('\n');
    expect(first).toMatch(/^rows\.json\t0-class0\t\d\.\d{3}\ttask 0\tdistance \d+\.\d{3}, task 1 \d+\.\d{3}$/);
    expect(third).toMatch(/^blank\.png\tabstained\tfar from all tasks: /);
  });

  it('is wrong usage where the strategy keeps no prototypes', async () => {
    const { code, stdout, stderr } = await lifelong(['predict', 'finetune', 'rows.json', '--task', 'auto'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/finetune keeps no class prototypes.*\n.*--task ID/);
  });
});
