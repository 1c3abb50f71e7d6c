import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ended, lifelong, start, tinyRun } from '../cli/lifelong.js';
import { outcomeOf } from '../resume/outcome.js';
import { needing } from '../support/needing.js';
import { redisServer, startRedis, type RedisServer } from './redis-server.js';
import { said } from './said.js';
import { workers } from './working.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }); // of many processes, which others on the machine slow down

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-search-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const run = [...tinyRun, '--samples', '6', '--set', 'searchRound=2', '--tasks', '1'];

needing(redisServer).describe('lifelong run --workers redis://…', () => {
  const working = workers();
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
    const { code, stderr } = await lifelong([...run, '--out', 'alone'], { cwd });
    expect(code, stderr).toBe(0);
  });
  afterEach(() => working.stop());
  afterAll(() => redis.stop());

  it('ends with the same run, by workers of which one is killed', async () => {
    const first = working.start(cwd, redis.url);
    working.start(cwd, redis.url);
    const child = start([...run, '--out', 'elsewhere', '--workers', redis.url], { cwd });
    const end = ended(child);
    await said(child.stderr, /sample 1\/6/);
    first.process.kill('SIGKILL');
    const { code, stderr } = await end;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('no worker is there');
    expect(await outcomeOf(join(cwd, 'elsewhere'))).toEqual(await outcomeOf(join(cwd, 'alone')));
  });

  it('trains the samples itself where nobody else does, and says so', async () => {
    const { code, stderr } = await lifelong([...run, '--out', 'nobody', '--workers', redis.url], { cwd });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('no worker is there to train samples of the search; this process does');
    const { weights, events } = await outcomeOf(join(cwd, 'nobody')); // the record has the notice besides
    const alone = await outcomeOf(join(cwd, 'alone'));
    expect({ weights, events }).toEqual({ weights: alone.weights, events: alone.events });
  });
});
