import { encode } from 'fast-png';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LearnEvent } from '../../src/core/events.js';
import { reportSchema, type Report } from '../../src/report/schema.js';
import { lifelong, tinyRun, type Ended } from './lifelong.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-run-'));
const run = 'checkpoints/split-mnist-par-s0';
const escapeCode = '\u001b';

/** Path, size, time and content of every file below a folder. */
function fingerprint(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const stat = statSync(path);
      return stat.isFile() ? `${name} ${stat.mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}` : name;
    });
}

async function readReport(path: string): Promise<Report> {
  const { stdout } = await lifelong(['report', path, '--format', 'json'], { cwd });
  return reportSchema.parse(JSON.parse(stdout));
}

let first: Ended;
beforeAll(async () => {
  first = await lifelong([...tinyRun, '--seed', '0'], { cwd, env: { CI: '1' } });
});
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

describe('run', () => {
  it('ends well: the report on stdout, a line for each event on stderr, no escape codes and no banner', () => {
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toContain('Forgetting report: par on split-mnist, seed 0');
    expect(first.stdout).toContain('averageForgetting');
    expect(first.stdout + first.stderr).not.toContain(escapeCode);
    const lines = first.stderr.trim().split('\n');
    expect(lines[0]).toBe('par on split-mnist, seed 0: 5 tasks');
    expect(lines.at(-1)).toMatch(/^finished: 5 tasks, /);
    expect(lines.slice(1, -1).filter((line) => !/^\[[1-5]\/5\] /.test(line))).toEqual([]);
    expect(first.stderr).toMatch(/^\[1\/5\] search: /m);
    expect(first.stderr).toMatch(/^\[1\/5\] train 1\/1, loss \d+\.\d+, accuracy \d\.\d+, /m);
  });

  it('with --json writes one event a line on stdout and the same numbers', async () => {
    const { code, stdout, stderr } = await lifelong([...tinyRun, '--seed', '0', '--json', '--out', 'again'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as LearnEvent);
    expect(events[0]).toMatchObject({ type: 'run-started', seed: 0, tasks: 5 });
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', tasks: 5 });
    expect(events.filter((event) => event.type === 'task-learned')).toHaveLength(5);
    const [one, two] = [await readReport(run), await readReport('again')];
    expect(two.accuracy).toEqual(one.accuracy);
    expect(two.divergence).toEqual(one.divergence);
  });

  it('refuses a folder that holds a run, names both ways out, and touches nothing', async () => {
    const before = fingerprint(join(cwd, run));
    const { code, stderr } = await lifelong([...tinyRun, '--seed', '0'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/resume .*--force/s);
    expect(fingerprint(join(cwd, run))).toEqual(before);
  });

  it('refuses a folder with other files, with --force too', async () => {
    writeFileSync(join(cwd, 'precious.txt'), 'not a run');
    const { code } = await lifelong([...tinyRun, '--out', '.', '--force'], { cwd });
    expect(code).toBe(2);
    expect(readFileSync(join(cwd, 'precious.txt'), 'utf8')).toBe('not a run');
  });

  it('takes settings from a file and from the command line, the latter winning', async () => {
    writeFileSync(
      join(cwd, 'config.yaml'),
      'epochs: 7\nsamples: 1\nlimits: { train: 40, test: 20, validation: 20% }\noptions: { channels: 2 }\n',
    );
    const args = ['run', 'split-mnist', '--config', 'config.yaml', '--epochs', '1', '--set', 'cells=2', '--tasks', '1', '--seed', '08'];
    expect((await lifelong(args, { cwd })).code).toBe(0);
    const report = await readReport('checkpoints/split-mnist-par-s8');
    expect(report.strategy.options).toMatchObject({ epochs: 1, samples: 1, channels: 2, cells: 2 });
    expect(report.tasks).toHaveLength(1);
    expect(report.tasks[0]).toMatchObject({ train: 40, validation: 8, test: 20 });
    expect(report.metrics.averageForgetting).toMatchObject({ value: null, reason: expect.any(String) as string });
  });
});

describe('a finished run', () => {
  it('is complete when resumed: exit 0, nothing changed', async () => {
    const before = fingerprint(join(cwd, run));
    const { code, stderr } = await lifelong(['resume', run], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('is complete') as string });
    expect(fingerprint(join(cwd, run))).toEqual(before);
  });

  it('reports in every format, to stdout or a file', async () => {
    const text = await lifelong(['report', run], { cwd });
    expect(text.stdout).toContain('Accuracy');
    expect((await lifelong(['report', run, '--format', 'csv'], { cwd })).stdout.trim().split(/\r?\n/)).toHaveLength(6);
    expect((await lifelong(['report', run, '--format', 'md'], { cwd })).stdout).toMatch(/^# /m);
    const file = await lifelong(['report', run, '-o', 'report.txt'], { cwd });
    expect(file.stdout).toBe('');
    expect(readFileSync(join(cwd, 'report.txt'), 'utf8')).toBe(text.stdout);
    expect((await lifelong(['report', run, '--format', 'html', '-o', 'report.html'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
  });

  it('writes pictures and a TensorBoard log beside the report', async () => {
    const args = ['report', run, '-o', 'out/report.md', '--format', 'md', '--figures', 'out/figures', '--tensorboard', 'out/log'];
    const { code, stdout } = await lifelong(args, { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(readdirSync(join(cwd, 'out/figures'))).toEqual(expect.arrayContaining(['accuracy.svg', 'accuracy.png', 'genotype-e0.svg']));
    expect(readdirSync(join(cwd, 'out/log'))).toEqual([expect.stringMatching(/^events\.out\.tfevents\./)]);
  });

  it('is inspected and compared as text and as JSON', async () => {
    expect((await lifelong(['inspect', run], { cwd })).stdout).toMatch(/e0 searched/);
    const inspection = JSON.parse((await lifelong(['inspect', run, '--json'], { cwd })).stdout) as { experts: { id: string }[] };
    expect(inspection.experts[0]?.id).toBe('e0');
    expect((await lifelong(['inspect', run, '--format', 'svg'], { cwd })).stdout).toMatch(/^<svg/);
    expect((await lifelong(['compare', run, 'again'], { cwd })).stdout).toContain('Comparison on split-mnist');
    const comparison = JSON.parse((await lifelong(['compare', run, 'again', '--json'], { cwd })).stdout) as object;
    expect(comparison).toMatchObject({ schema: 'lifelong.comparison/1', stream: 'split-mnist', groups: [{ strategy: 'par' }] });
  });

  it('predicts the same from an image, an array and JSON', async () => {
    const bytes = Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256);
    writeFileSync(join(cwd, 'digit.png'), encode({ width: 28, height: 28, channels: 1, data: bytes }));
    writeFileSync(join(cwd, 'digit.json'), JSON.stringify(Array.from(bytes, (byte) => byte / 255)));
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 28, 28), }".padEnd(117) + '\n';
    writeFileSync(
      join(cwd, 'digits.npy'),
      Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY\u0001\u0000v\u0000'), Buffer.from(header), bytes, bytes]),
    );
    const args = ['predict', run, 'digit.png', 'digit.json', 'digits.npy'];
    const { stdout } = await lifelong([...args, '--task', '3', '--json'], { cwd });
    const { classes, predictions } = JSON.parse(stdout) as { classes: number[]; predictions: { file: string; probabilities: number[] }[] };
    expect(classes).toEqual([6, 7]);
    expect(predictions.map(({ file }) => file)).toEqual(['digit.png', 'digit.json', 'digits.npy', 'digits.npy']);
    const [first] = predictions;
    expect((first?.probabilities[0] ?? 0) + (first?.probabilities[1] ?? 0)).toBeCloseTo(1, 12);
    for (const { probabilities } of predictions) expect(probabilities[0]).toBeCloseTo(first?.probabilities[0] ?? NaN, 6);

    expect((await lifelong([...args, '--task', '3'], { cwd })).stdout).toMatch(/^digit\.png\t[67]\t[01]\.\d{3}\n/);
    const unknown = await lifelong(args, { cwd });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('3 (6, 7)') as string });
    const missing = await lifelong(['predict', run, 'nosuch.png', '--task', '3'], { cwd });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('nosuch.png') as string });
  });

  it('passes or fails a gate on forgetting', async () => {
    const { metrics } = await readReport(run);
    const forgetting = metrics.averageForgetting.value ?? NaN;
    expect((await lifelong(['report', run, '--max-forgetting', String(forgetting)], { cwd })).code).toBe(0);
    const failed = await lifelong(['report', run, '--max-forgetting', String(forgetting - 0.001)], { cwd });
    expect(failed.code).toBe(3);
    expect(failed.stderr).toContain(`found ${forgetting}`);
    expect(failed.stdout).toContain('Forgetting report');
  });

  it('verifies, until a byte of it changes', async () => {
    expect((await lifelong(['verify', run], { cwd })).code).toBe(0);
    const [name = ''] = readdirSync(join(cwd, run, 'experts'));
    const path = join(cwd, run, 'experts', name);
    const bytes = readFileSync(path);
    const last = bytes.length - 1;
    bytes.writeUInt8((bytes[last] ?? 0) ^ 1, last);
    writeFileSync(path, bytes);
    const { code, stdout } = await lifelong(['verify', run], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain(name);
    bytes.writeUInt8((bytes[last] ?? 0) ^ 1, last);
    writeFileSync(path, bytes);
  });
});

describe('without the native backend', () => {
  const hook = join(cwd, 'no-backend.cjs');
  const env = { NODE_OPTIONS: `--require ${hook}` };
  beforeAll(() => {
    const refuse = "if (request.startsWith('@tensorflow/')) throw new Error('no native backend here');";
    writeFileSync(
      hook,
      `const M = require('node:module'); const load = M._load; M._load = (request, ...rest) => { ${refuse} return load(request, ...rest); };`,
    );
  });

  it.each([
    '--help',
    'run --help',
    `report ${run}`,
    `verify ${run}`,
    'streams list',
    'streams show split-mnist',
    'strategies par',
    'features',
  ])('lifelong %s works', async (args) => {
    const { code, stderr } = await lifelong(args.split(' '), { cwd, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('a run says what to do', async () => {
    const { code, stderr } = await lifelong([...tinyRun, '--out', 'never'], { cwd, env });
    expect(code).toBe(1);
    expect(stderr).toContain('lifelong setup');
    expect(readdirSync(cwd)).not.toContain('never');
  });
});
