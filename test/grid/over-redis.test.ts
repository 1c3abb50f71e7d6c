import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { lifelong } from '../cli/lifelong.js';
import { needing } from '../support/needing.js';
import { doneAlone, grid, project } from './done-alone.js';
import { redisServer } from './redis-server.js';
import { said } from './said.js';
import { projectFolder } from './tiny-grid.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 }); // of many processes, which others on the machine slow down

needing(redisServer).describe('a grid over Redis', () => {
  const alone = doneAlone();
  const { working } = alone;

  it('comes to the same, to the last bit, by workers that share nothing, of which one is killed; and is not done again', async () => {
    const [folder, one, other] = [project(), project(), project()];
    const first = working.start(one, alone.redis.url);
    const whole = alone.startGrid(folder);
    await said(whole.child.stderr, /started on/);
    await sleep(1500);
    first.process.kill('SIGKILL');
    working.start(other, alone.redis.url);
    await alone.expectSame(whole, folder);
    expect(readdirSync(join(other, 'checkpoints'))).toEqual([]);
    const again = await lifelong(['grid', 'grid.yaml', '--redis', alone.redis.url], { cwd: folder });
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('2 of them are done, 0 are left') as string });
  });

  it('says how it stands while it goes on', async () => {
    const folder = projectFolder(grid.replace('epochs: 150', 'epochs: 3000'));
    const whole = alone.startGrid(folder);
    const status = async (...flags: string[]) => {
      const { stdout } = await lifelong(['grid', 'status', 'grid.yaml', '--redis', alone.redis.url, ...flags], { cwd: folder });
      return stdout;
    };
    expect(await status()).toContain('Grid grid: 2 runs: 0 done, 2 waiting');
    working.start(project(), alone.redis.url);
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
    await alone.redis.restart('empty');
  });
});
