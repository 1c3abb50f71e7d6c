import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyRun } from '../../../src/checkpoint/verify.js';
import { readRun } from '../../../src/checkpoint/store.js';
import { ended, lifelong, start } from '../../cli/lifelong.js';
import { savedState } from '../../support/stop-and-resume.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-gates-killed-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const options = ['network=mlp', 'units=8', 'gate=learned', 'gateExamples=20', 'limits.train=200', 'limits.test=50', 'limits.validation=20'];
const args = [
  'run',
  'split-mnist',
  '--strategy',
  'independent',
  '--tasks',
  '3',
  '--epochs',
  '2',
  ...options.flatMap((option) => ['--set', option]),
];

/** Lets a command go on until it says this on stderr, and kills it there and then. */
async function killedAt(command: readonly string[], what: RegExp): Promise<void> {
  const child = start(command, { cwd });
  let text = '';
  child.stderr.on('data', (part: string | Buffer) => {
    if (what.test((text += part.toString()))) child.kill('SIGKILL');
  });
  expect((await ended(child)).code, text).toBeNull();
}

describe('a run with a learned gate that is killed', () => {
  it('before and after a gate has learned a task goes on to the same gate', { timeout: 240_000 }, async () => {
    expect(await lifelong([...args, '--out', 'whole'], { cwd })).toMatchObject({ code: 0 });
    await killedAt([...args, '--out', 'killed'], /\[2\/5\] train 1\/2/);
    await killedAt(['resume', 'killed'], /learned in/);
    expect(await verifyRun(join(cwd, 'killed'))).toEqual([]);
    expect(await lifelong(['resume', 'killed'], { cwd })).toMatchObject({ code: 0 });
    expect(await savedState(join(cwd, 'killed'))).toEqual(await savedState(join(cwd, 'whole')));
    const inferred = async (run: string) => (await readRun(join(cwd, run))).taskInference;
    expect(await inferred('killed')).toEqual(await inferred('whole'));
    expect((await inferred('whole'))?.way).toBe('learned');
  });
});
