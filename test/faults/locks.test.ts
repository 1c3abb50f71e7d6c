import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownerLives, type SignsOfLife } from '../../src/checkpoint/owner-lives.js';
import { lifelong } from '../cli/lifelong.js';
import { lines, manifest, write } from './files.js';

const running: SignsOfLife = { here: true, running: true, start: 'boot/1', silence: 5000 };
const minutes = 60_000;

describe('O11: who holds a lock', () => {
  it.each<[string, string | null, Partial<SignsOfLife>, boolean]>([
    ['a process that runs', 'boot/1', {}, true],
    ['a process that runs and computes for minutes, where its start is known', 'boot/1', { silence: 30 * minutes }, true],
    ['a process that ended', 'boot/1', { running: false }, false],
    ['one that ended and is not collected', 'boot/1', { start: null }, false],
    ['an id in use again, where starts are known', 'boot/0', {}, false],
    ['an id in use again, where they are not, after two minutes', null, { start: undefined, silence: 3 * minutes }, false],
    ['an id in use, where starts are not known, with a heartbeat', null, { start: undefined, silence: minutes }, true],
    ['a process that ended, where starts are not known, at once', null, { start: undefined, running: false }, false],
    ['a lock without a heartbeat, where starts are not known', null, { start: undefined, silence: undefined }, false],
    ['another host with a heartbeat', 'boot/1', { here: false, running: false }, true],
    ['another host in silence', 'boot/1', { here: false, silence: 3 * minutes }, false],
  ])('O11: %s', (_, start, signs, lives) => {
    expect(ownerLives(start, { ...running, ...signs })).toBe(lives);
  });

  it('O11: the message says how to break a lock by hand, and that works', async () => {
    const at = write({
      'points.csv': `x,y,kind\n${lines(['a', 'b'], 12)}`,
      'points.yaml': manifest('source: csv, train: points.csv, label: kind'),
    });
    const call = (...args: string[]) => lifelong(args, { cwd: at('') });
    expect(await call('run', 'points.yaml', '--strategy', 'finetune', '--out', 'run')).toMatchObject({ code: 0 });
    const owner = { pid: process.pid, host: hostname(), start: null, since: '2025-01-01T00:00:00.000Z', token: 'other' };
    mkdirSync(at('run/lock'), { recursive: true });
    writeFileSync(at('run/lock/owner.json'), JSON.stringify(owner));
    const { code, stderr } = await call('resume', 'run');
    expect(code, stderr).toBe(2);
    const folder = /if it is surely gone, remove (\S+)/.exec(stderr)?.[1] ?? '';
    expect(folder).toBe(join('run', 'lock'));
    rmSync(at(folder), { recursive: true });
    expect(await call('resume', 'run')).toMatchObject({ code: 0 });
  });
});
