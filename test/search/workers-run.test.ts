import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, lifelong, main, tinyRun } from '../cli/lifelong.js';
import { outcomeOf } from '../resume/outcome.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-workers-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const run = [...tinyRun, '--samples', '5', '--set', 'searchRound=2', '--tasks', '1', '--save-every', '1'];
const outcome = (name: string) => outcomeOf(join(cwd, name));

beforeAll(async () => {
  expect((await lifelong([...run, '--out', 'alone'], { cwd })).code).toBe(0);
});

describe('lifelong run --workers', () => {
  it('ends with the same run as without', async () => {
    const { code, stderr } = await lifelong([...run, '--out', 'together', '--workers', '2'], { cwd });
    expect(code, stderr).toBe(0);
    expect(await outcome('together')).toEqual(await outcome('alone'));
  });

  it('stops on Ctrl-C, which the workers hear too, and resume ends as if nothing had happened', async () => {
    const args = [main, ...run, '--out', 'stopped', '--workers', '2', '--json'];
    const child = spawn(process.execPath, args, { cwd, detached: true });
    const end = ended(child);
    let pressed = false;
    child.stdout.on('data', (text: string) => {
      if (pressed || child.pid === undefined || !text.includes('candidate-evaluated')) return;
      pressed = true;
      process.kill(-child.pid, 'SIGINT');
    });
    const { code, stderr } = await end;
    expect(code, stderr).toBe(130);
    expect(stderr).not.toContain('worker process');
    expect((await lifelong(['resume', 'stopped', '--workers', '1'], { cwd })).code).toBe(0);
    expect(await outcome('stopped')).toEqual(await outcome('alone'));
  });

  it('says that there is nothing to share out in rounds of one', async () => {
    const { code, stderr } = await lifelong([...tinyRun, '--tasks', '1', '--out', 'single', '--workers', '2'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('searchRound');
  });
});
