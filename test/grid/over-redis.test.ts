import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ended, lifelong, start } from '../cli/lifelong.js';
import { needing } from '../support/needing.js';
import { redisServer, startRedis, type RedisServer } from './redis-server.js';
import { said } from './said.js';
import { projectFolder } from './tiny-grid.js';
import { outcomesIn, workers } from './working.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }); // of many processes, which others on the machine slow down

/** Runs that are saved a few times on their way. */
const grid = `streams: [tiny.yaml]
strategies: [finetune, { strategy: er, options: { memory: 20 } }]
options: { network: mlp, units: 8, epochs: 150, patience: -1, batchSize: 16 }
threads: 1
`;
const project = () => projectFolder(grid);

needing(redisServer).describe('a grid over Redis', () => {
  const working = workers();
  let redis: RedisServer;
  let here: Awaited<ReturnType<typeof outcomesIn>>;

  const startGrid = (cwd: string) => {
    const child = start(['grid', 'grid.yaml', '--redis', redis.url], { cwd });
    return { child, end: ended(child) };
  };
  const expectSame = async ({ end }: ReturnType<typeof startGrid>, folder: string) => {
    const { code, stderr } = await end;
    expect(code, stderr).toBe(0);
    expect(await outcomesIn(folder)).toEqual(here);
    return stderr;
  };

  beforeAll(async () => {
    redis = await startRedis();
    const alone = project();
    const { code, stderr } = await lifelong(['grid', 'grid.yaml', '--jobs', '1'], { cwd: alone });
    expect(code, stderr).toBe(0);
    here = await outcomesIn(alone);
    expect(Object.keys(here)).toHaveLength(2);
  });
  afterEach(() => working.stop());
  afterAll(() => redis.stop());

  it('comes to the same, to the last bit, by workers that share nothing, of which one is killed; and is not done again', async () => {
    const [folder, one, other] = [project(), project(), project()];
    const first = working.start(one, redis.url);
    const whole = startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1500);
    first.process.kill('SIGKILL');
    working.start(other, redis.url);
    await expectSame(whole, folder);
    expect(readdirSync(join(other, 'checkpoints'))).toEqual([]);
    const again = await lifelong(['grid', 'grid.yaml', '--redis', redis.url], { cwd: folder });
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('2 of them are done, 0 are left') as string });
  });

  it('says how it stands while it goes on', async () => {
    const folder = projectFolder(grid.replace('epochs: 150', 'epochs: 3000'));
    const whole = startGrid(folder);
    const status = async (...flags: string[]) => {
      const { stdout } = await lifelong(['grid', 'status', 'grid.yaml', '--redis', redis.url, ...flags], { cwd: folder });
      return stdout;
    };
    expect(await status()).toContain('Grid grid: 2 runs: 0 done, 2 waiting');
    working.start(project(), redis.url);
    const active = async () => {
      const { runs } = JSON.parse(await status('--json')) as { readonly runs: readonly { readonly kind: string }[] };
      return runs.find(({ kind }) => kind === 'active');
    };
    await expect.poll(active, { timeout: 60_000, interval: 500 }).toMatchObject({
      progress: { tasks: 3, at: expect.stringMatching(/^train \d+\/3000$/) as string },
      worker: expect.stringMatching(/:\d+$/) as string,
    });
    whole.child.kill('SIGINT');
    expect(await whole.end).toMatchObject({ code: 130, stderr: expect.stringContaining('the workers go on') as string });
    await redis.restart('empty');
  });
});
