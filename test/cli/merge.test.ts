import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { learn } from '../../src/learner/learn.js';
import { slda } from '../../src/strategies/slda/slda.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { lifelong } from './lifelong.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-merge-cli-'));

/** A table of two classes around places of their own, and its manifest. */
function shard(name: string, classes: readonly [string, string]): string {
  const source = random(0, name);
  const rows = Array.from({ length: 80 }, (_, i) => {
    const label = classes[i % 2] ?? '';
    const at = { red: [3, 0], blue: [-3, 0], green: [0, 3], grey: [0, -3] }[label] ?? [0, 0];
    return [...at.map((place) => (place + source.normal() / 2).toFixed(3)), label].join(',');
  });
  writeFileSync(join(cwd, `${name}.csv`), ['x,y,colour', ...rows].join('\n'));
  const path = join(cwd, `${name}.yaml`);
  writeFileSync(
    path,
    `name: ${name}\ndata: { source: csv, train: ${name}.csv, test: 25%, label: colour }\ntasks: { order: [[${classes.join()}]] }\nfeatures: vector\n`,
  );
  return path;
}

beforeAll(async () => {
  for (const [name, classes] of [
    ['monday', ['red', 'blue']],
    ['tuesday', ['green', 'grey']],
  ] as const) {
    // prettier-ignore
    const strategy = slda();
    await lastValueFrom(learn(await loadStream(shard(name, classes)), strategy, { run: join(cwd, name) }));
    strategy.dispose();
  }
  writeFileSync(join(cwd, 'point.json'), JSON.stringify([[0, 3], [-3, 0]])); // prettier-ignore
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('lifelong merge', () => {
  it('makes one run of two, which is measured, verified and answers among all classes', async () => {
    const merged = await lifelong(['merge', 'monday', 'tuesday', '-o', 'both', '--json'], { cwd });
    expect({ code: merged.code, stderr: merged.stderr }).toEqual({ code: 0, stderr: '' });
    const { tasks } = JSON.parse(merged.stdout) as { tasks: { id: string; accuracy: number }[] };
    expect(tasks.map(({ id }) => id)).toEqual(['0', '0-2']);
    for (const { accuracy } of tasks) expect(accuracy).toBeGreaterThan(0.9);

    expect((await lifelong(['verify', 'both'], { cwd })).code).toBe(0);
    const report = await lifelong(['report', 'both', '--format', 'json'], { cwd });
    const { classIncremental, stream } = JSON.parse(report.stdout) as { classIncremental: (number | null)[][]; stream: { name: string } };
    expect(stream.name).toBe('monday+tuesday');
    expect(classIncremental[1]?.every((value) => value !== null && value > 0.9)).toBe(true);

    const answered = await lifelong(['predict', 'both', 'point.json', '--task', 'auto'], { cwd });
    expect(answered.stdout).toMatch(/^point\.json\tgreen\t[01]\.\d{3}\ttask 0-2\npoint\.json\tblue\t[01]\.\d{3}\ttask 0\n$/);
  });

  it('refuses a folder with a run in it, and a run that is none', async () => {
    const there = await lifelong(['merge', 'monday', 'tuesday', '-o', 'monday'], { cwd });
    expect(there).toMatchObject({ code: 2, stdout: '' });
    expect(there.stderr).toMatch(/a new folder expected, found a run/);
    const none = await lifelong(['merge', 'monday', 'nosuch', '-o', 'x'], { cwd });
    expect(none.code).not.toBe(0);
    expect(none.stderr).toMatch(/nosuch: a run folder expected/);
  });
});
