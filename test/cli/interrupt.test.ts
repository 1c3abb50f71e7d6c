import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/report/schema.js';
import { ended, lifelong, start, tinyRun } from './lifelong.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-interrupt-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

async function numbers(run: string) {
  const { stdout } = await lifelong(['report', run, '--format', 'json'], { cwd });
  const { accuracy, divergence, experts, tasks } = reportSchema.parse(JSON.parse(stdout));
  return { accuracy, divergence, experts, decisions: tasks.map((task) => task.decision) };
}

beforeAll(async () => {
  expect((await lifelong([...tinyRun, '--seed', '3', '--out', 'whole'], { cwd })).code).toBe(0);
});

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it('stops safely with exit code 130, and resume ends as if nothing had happened', async () => {
    const stopped = `stopped-${signal}`;
    const child = start([...tinyRun, '--seed', '3', '--out', stopped], { cwd });
    const end = ended(child);
    const asked = new Promise<number>((resolve) => {
      child.stderr.on('data', (text: string) => {
        if (!text.includes('[2/5]')) return;
        child.kill(signal);
        resolve(performance.now());
      });
    });
    const askedAt = await asked;
    const { code, stderr } = await end;
    expect(code, stderr).toBe(130);
    expect(performance.now() - askedAt).toBeLessThan(5000);
    expect(stderr).toContain('stopping at the next safe point');
    expect(stderr).toContain(`lifelong resume ${stopped}`);
    expect((await lifelong(['verify', stopped], { cwd })).code).toBe(0);

    expect((await lifelong(['resume', stopped], { cwd })).code).toBe(0);
    expect(await numbers(stopped)).toEqual(await numbers('whole'));
  });
});

it('a reader that goes away stops a run safely and quietly', async () => {
  const child = start([...tinyRun, '--json', '--out', 'unheard'], { cwd });
  child.stdout.once('data', () => child.stdout.destroy());
  const { code, stderr } = await ended(child);
  expect(code).toBe(130);
  expect(stderr).not.toMatch(/EPIPE|at /);
  expect((await lifelong(['verify', 'unheard'], { cwd })).code).toBe(0);
});
