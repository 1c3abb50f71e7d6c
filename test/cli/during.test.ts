import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { LearnEvent } from '../../src/core/events.js';
import { reportSchema } from '../../src/report/schema.js';
import { lifelong, tinyRun } from './lifelong.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-during-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const mlp = ['--strategy', 'finetune', '--set', 'network=mlp', '--set', 'units=8'];
const run = [...tinyRun.filter((_, i) => i < 2), ...mlp, ...tinyRun.slice(-6), '--epochs', '3', '--batch-size', '16', '--tasks', '2'];

describe('run --eval-every', () => {
  it('tells accuracy during training, keeps it with the run, goes on with it on resume, and reports it', async () => {
    const { code, stdout } = await lifelong([...run, '--eval-every', '2', '--json', '--out', 'tracked'], { cwd });
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LearnEvent);
    const tracked = events.flatMap((event) => (event.type === 'accuracy-tracked' ? [`${event.phase} ${event.epoch} on ${event.on}`] : []));
    expect(tracked).toEqual(['train 2 on 0', 'kept 3 on 0', 'train 2 on 0', 'train 2 on 1', 'kept 3 on 0', 'kept 3 on 1']);

    const resumed = await lifelong(['resume', 'tracked'], { cwd });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain('train 2, on task 0: accuracy ');
    expect(resumed.stdout).toContain('During training (after every 2 epochs, on at most 500 test examples)');
    expect(resumed.stdout).toContain('Accuracy, class-incremental');
    const json = await lifelong(['report', 'tracked', '--json'], { cwd });
    expect(reportSchema.parse(JSON.parse(json.stdout)).during?.series).toHaveLength(5);
  });

  it('takes whole numbers from 0 on', async () => {
    const { code, stderr } = await lifelong([...run, '--eval-every', '-1', '--out', 'wrong'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('0 or more expected');
  });
});
