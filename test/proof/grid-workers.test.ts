import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { needing } from '../support/needing.js';
import { doneAlone, project } from '../grid/done-alone.js';
import { redisServer } from '../grid/redis-server.js';
import { said } from '../grid/said.js';
import { workers } from '../grid/working.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }); // of many processes, which others on the machine slow down

needing(redisServer).describe('a grid over Redis, whatever becomes of workers and server', () => {
  const alone = doneAlone();
  const { working } = alone;

  it.each([
    ['in the same folder', true],
    ['that shares nothing', false],
  ])('a worker that is killed: its runs are resumed by another %s', async (_, sharing) => {
    const folder = project();
    const first = working.start(sharing ? folder : project(), alone.redis.url);
    const whole = alone.startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1500);
    first.process.kill('SIGKILL');
    working.start(sharing ? folder : project(), alone.redis.url);
    await alone.expectSame(whole, folder);
  });

  it('a worker that is asked to end saves what it does and hands it back, and the next goes on at once', async () => {
    const folder = project();
    const slow = workers('600');
    const first = slow.start(project(), alone.redis.url);
    const whole = alone.startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1500);
    first.process.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('handing back') as string });
    working.start(folder, alone.redis.url);
    await alone.expectSame(whole, folder);
  });

  it('goes on when the server is restarted in the middle and has forgotten everything', async () => {
    const folder = project();
    working.start(folder, alone.redis.url);
    working.start(project(), alone.redis.url);
    const whole = alone.startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1000);
    await alone.redis.restart('empty');
    expect(await alone.expectSame(whole, folder)).toContain('no connection; trying again');
  });
});
