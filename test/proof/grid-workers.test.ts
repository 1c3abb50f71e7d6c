import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { ended, lifelong, start } from '../cli/lifelong.js';
import { needing } from '../support/needing.js';
import { redisServer, startRedis, type RedisServer } from '../grid/redis-server.js';
import { said } from '../grid/said.js';
import { projectFolder } from '../grid/tiny-grid.js';
import { outcomesIn, workers } from '../grid/working.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }); // of many processes, which others on the machine slow down

/** Runs that are saved a few times on their way. */
const grid = `streams: [tiny.yaml]
strategies: [finetune, { strategy: er, options: { memory: 20 } }]
options: { network: mlp, units: 8, epochs: 150, patience: -1, batchSize: 16 }
threads: 1
`;
const project = () => projectFolder(grid);

needing(redisServer).describe('a grid over Redis, whatever becomes of workers and server', () => {
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

  it.each([
    ['in the same folder', true],
    ['that shares nothing', false],
  ])('a worker that is killed: its runs are resumed by another %s', async (_, sharing) => {
    const folder = project();
    const first = working.start(sharing ? folder : project(), redis.url);
    const whole = startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1500);
    first.process.kill('SIGKILL');
    working.start(sharing ? folder : project(), redis.url);
    await expectSame(whole, folder);
  });

  it('a worker that is asked to end saves what it does and hands it back, and the next goes on at once', async () => {
    const folder = project();
    const slow = workers('600');
    const first = slow.start(project(), redis.url);
    const whole = startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1500);
    first.process.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('handing back') as string });
    working.start(folder, redis.url);
    await expectSame(whole, folder);
  });

  it('goes on when the server is restarted in the middle and has forgotten everything', async () => {
    const folder = project();
    working.start(folder, redis.url);
    working.start(project(), redis.url);
    const whole = startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1000);
    await redis.restart('empty');
    expect(await expectSame(whole, folder)).toContain('no connection; trying again');
  });
});
