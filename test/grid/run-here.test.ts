import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ended, lifelong, start } from '../cli/lifelong.js';
import { said } from './said.js';
import { projectFolder } from './tiny-grid.js';
import { outcomesIn } from './working.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }); // of many processes, which others on the machine slow down

const grid = `streams: [tiny.yaml]
strategies: [finetune, { strategy: er, options: { memory: 20 } }]
options: { network: mlp, units: 8, epochs: 150, patience: -1, batchSize: 16 }
threads: 1
`;

describe('lifelong grid on one machine', () => {
  let folder: string;
  let whole: Awaited<ReturnType<typeof outcomesIn>>;
  beforeAll(async () => {
    folder = projectFolder(grid);
    const { code, stdout, stderr } = await lifelong(['grid', 'grid.yaml', '--jobs', '2'], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('1 stream (tiny) x 2 strategies (finetune, er) x 1 seed (0): 2 runs in checkpoints/grid');
    expect(stdout).toContain('Grid grid: 2 runs: 2 done');
    expect(stdout).toContain('Comparison on tiny, 3 tasks');
    whole = await outcomesIn(folder);
  });

  it('ends with the runs that the command run makes', async () => {
    const args = ['--set', 'network=mlp', '--set', 'units=8', '--epochs', '150', '--patience', '-1', '--batch-size', '16'];
    const single = [
      'run',
      'tiny.yaml',
      '--strategy',
      'finetune',
      '--seed',
      '0',
      '--out',
      'checkpoints/grid/tiny-finetune-s0-0123456789',
      ...args,
    ];
    const alone = projectFolder(grid);
    const { code, stderr } = await lifelong(single, {
      cwd: alone,
      env: { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' },
    });
    expect(code, stderr).toBe(0);
    const [run] = Object.values(await outcomesIn(alone));
    expect(run).toEqual(Object.entries(whole).find(([name]) => name.startsWith('tiny-finetune'))?.[1]);
  });

  it('does what is missing, and nothing again', async () => {
    const [first = ''] = Object.keys(whole);
    const kept = readFileSync(join(folder, 'checkpoints/grid', Object.keys(whole)[1] ?? '', 'run.json'));
    rmSync(join(folder, 'checkpoints/grid', first), { recursive: true });
    const { code, stderr } = await lifelong(['grid', 'grid.yaml'], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('1 of them are done, 1 are left');
    expect(readFileSync(join(folder, 'checkpoints/grid', Object.keys(whole)[1] ?? '', 'run.json'))).toEqual(kept);
    expect(await outcomesIn(folder)).toEqual(whole);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('goes on after %s, to the same runs', async (signal) => {
    const cwd = projectFolder(grid);
    const child = start(['grid', 'grid.yaml', '--out', 'checkpoints/grid'], { cwd });
    const end = ended(child);
    await said(child.stderr, /started/);
    await sleep(2000);
    child.kill(signal);
    const { code, stderr } = await end;
    if (signal === 'SIGTERM') {
      expect(code, stderr).toBe(130);
      expect(stderr).toContain('go on with: lifelong grid grid.yaml --out checkpoints/grid\n');
    }
    await sleep(500); // the processes of its runs end with it
    const again = await lifelong(['grid', 'grid.yaml'], { cwd });
    expect(again.code, again.stderr).toBe(0);
    expect(await outcomesIn(cwd)).toEqual(whole);
  });

  it('--only does one run, and resumes it', async () => {
    const cwd = projectFolder(grid);
    expect(await lifelong(['grid', 'grid.yaml', '--only', '2'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a run from 0 to 1 expected') as string,
    });
    const child = start(['grid', 'grid.yaml', '--only', '1'], { cwd });
    const end = ended(child);
    await said(child.stderr, /started/);
    await sleep(1500);
    child.kill('SIGTERM');
    expect((await end).code).toBe(130);
    const { code, stderr } = await lifelong(['grid', 'grid.yaml', '--only', '1'], { cwd });
    expect(code, stderr).toBe(0);
    const [one] = Object.entries(await outcomesIn(cwd));
    expect(one?.[1]).toEqual(whole[one?.[0] ?? '']);
  });

  it('a run that diverged is given up at once, with the reason, and the others go on', async () => {
    const diverging = '[{ strategy: finetune, options: { learningRate: 1e30 } },';
    const cwd = projectFolder(grid.replace('epochs: 150', 'epochs: 1').replace('[finetune,', diverging));
    const { code, stdout, stderr } = await lifelong(['grid', 'grid.yaml'], { cwd });
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/tiny-finetune-s0-\w+: given up after 1 attempt: /);
    expect(stderr).toContain('1 of 2 runs failed; why: lifelong grid status grid.yaml');
    expect(stdout).toContain('2 runs: 1 done, 1 failed');
    expect((await lifelong(['grid', 'status', 'grid.yaml'], { cwd })).stdout).toMatch(/tiny-finetune\S+ +failed/);
  });

  it('a run that fails otherwise is tried three times', async () => {
    const cwd = projectFolder('streams: [tiny.yaml]\nstrategies: [ncm]\n');
    rmSync(join(cwd, 'train.csv'));
    const { code, stderr } = await lifelong(['grid', 'grid.yaml'], { cwd });
    expect(code, stderr).toBe(1);
    expect(stderr.match(/to be tried again: /g)).toHaveLength(2);
    expect(stderr).toMatch(/given up after 3 attempts: .*train\.csv: no such file/);
  });

  it.each(['json', 'csv', 'md', 'html'])('reports as %s', async (format) => {
    const { code, stdout, stderr } = await lifelong(['grid', 'report', 'grid.yaml', '--format', format], { cwd: folder });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('finetune');
    if (format === 'json')
      expect(JSON.parse(stdout)).toMatchObject({ schema: 'lifelong.comparisons/1', comparisons: [{ stream: 'tiny' }] });
    if (format === 'csv') expect(stdout).toMatch(/^stream,strategy,n,averageAccuracy mean/);
  });
});
