import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lifelong, main } from './lifelong.js';

const wrongUsage: [args: string, told: RegExp][] = [
  ['rnu', /unknown command 'rnu' \(Did you mean run\?\)/],
  ['run --epoch 3 split-mnist', /unknown option '--epoch' \(Did you mean --epochs\?\)/],
  ['report --fromat json x', /unknown option '--fromat' \(Did you mean --format\?\)/],
  ['report --format xml x', /'xml' is invalid.*text, json, csv, md, html/],
  ['run split-mnsit', /split-mnist/],
  ['run split-mnist --strategy prr', /did you mean par\?/],
  ['run split-mnist --features pixel', /did you mean pixels\?/],
  ['run split-mnist --set epoch=3', /did you mean epochs\?/],
  ['run split-mnist --set limit.train=3', /did you mean limits\?/],
  ['run split-mnist --set limits.trian=3', /did you mean "train"\?/],
  ['run split-mnist --set epochs', /path=value expected, found "epochs"/],
  ['run split-mnist --set epochs=many', /epochs.*number/],
  ['run split-mnist --config nosuch.yaml', /--config nosuch\.yaml/],
  ['run', /missing required argument 'stream'/],
  ['run split-mnist more', /too many arguments/],
  ['report nosuch/', /nosuch\/: a run folder expected/],
  ['verify nosuch', /nosuch: a run folder expected/],
  ['resume nosuch', /nosuch: a run folder expected/],
  ['predict nosuch image.png', /nosuch: a run folder expected/],
  ['setup --features pixels', /--features: efficientnet-lite0 or minilm or whisper-tiny expected, found pixels/],
  ['streams check split-mnist --tasks 1.5', /A whole number expected, found "1.5"/],
  ['strategies prr', /did you mean par\?/],
  ['streams show split-mnsit', /split-mnist/],
];

const wrongNumbers: [option: string, value: string][] = [
  ['--epochs', 'abc'],
  ['--epochs', '3x'],
  ['--epochs', ''],
  ['--epochs', '0'],
  ['--epochs', '1.5'],
  ['--batch-size', 'NaN'],
  ['--seed', '-1'],
  ['--seed', '0x10'],
  ['--seeds', '0,a'],
  ['--learning-rate', 'fast'],
  ['--patience', '-2'],
  ['--tasks', 'Infinity'],
];

describe('wrong usage', () => {
  it.concurrent.each(wrongUsage)('lifelong %s', async (args, told) => {
    const cwd = mkdtempSync(join(tmpdir(), 'lifelong-usage-'));
    const { code, stdout, stderr } = await lifelong(args.split(' '), { cwd });
    expect(stderr).toMatch(told);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.concurrent.each(wrongNumbers)('%s %s names the option', async (option, value) => {
    const { code, stderr } = await lifelong(['run', 'split-mnist', option, value]);
    expect(code).toBe(2);
    expect(stderr).toContain(`option '${option} `);
    expect(stderr).toContain('expected, found');
  });
});

describe('results', () => {
  it('help and version are results, with exit code 0', async () => {
    const help = await lifelong(['--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Usage: lifelong');
    const version = await lifelong(['--version']);
    expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string, stderr: '' });
  });

  it('lists streams, strategies and features as text and as JSON', async () => {
    for (const [command, name] of [
      ['streams', 'split-mnist'],
      ['strategies', 'par'],
      ['features', 'pixels'],
    ] as const) {
      expect((await lifelong([command])).stdout).toMatch(new RegExp(`^${name} `, 'm'));
      const entries = JSON.parse(
        (await lifelong([command === 'streams' ? 'streams list' : command, '--json'].join(' ').split(' '))).stdout,
      ) as {
        name: string;
      }[];
      expect(entries.map((entry) => entry.name)).toContain(name);
    }
  });

  it('checks a stream without training: classes, counts and shapes of each task', async () => {
    const args = ['streams', 'check', 'split-mnist', '--set', 'limits.train=40'];
    const { code, stdout } = await lifelong([...args, '--json']);
    expect(code).toBe(0);
    const { tasks } = JSON.parse(stdout) as { tasks: unknown[] };
    expect(tasks).toHaveLength(5);
    expect(tasks[1]).toMatchObject({ inputShape: [28, 28, 1], train: 40, test: 2042, classes: [{ name: 2 }, { name: 3, test: 1010 }] });
    expect((await lifelong(args)).stdout).toMatch(/task 1 2 vs 3 \(1\)\n +inputs 28 x 28 x 1; 40 train, .*2,042 test/);
  });

  it('writes no escape codes into a pipe, on a build server that asks for colours either', async () => {
    const env = { CI: '1', FORCE_COLOR: '1' };
    for (const args of ['streams check split-mnist --set limits.train=40', 'streams list', 'strategies', 'report nosuch', 'rnu']) {
      const { stdout, stderr } = await lifelong(args.split(' '), { env });
      expect(stdout + stderr).not.toContain('\u001b');
    }
  });

  it('shows a definition with its defaults, or training images of each task', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'lifelong-samples-'));
    const { stdout } = await lifelong(['streams', 'show', 'split-mnist', '--json', '--set', 'limits.train=40']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'split-mnist', seed: 0, limits: { train: 40, test: 'all' } });
    const sheets = await lifelong(['streams', 'show', 'split-mnist', '--samples', 'pictures'], { cwd });
    expect(sheets.stdout).toContain('rows 2, 3');
    expect(readdirSync(join(cwd, 'pictures'))).toEqual([0, 1, 2, 3, 4].map((i) => `task-${i}.png`));
  });

  it('the options of a strategy come with their defaults', async () => {
    const { stdout } = await lifelong(['strategies', 'par', '--json']);
    const { options } = JSON.parse(stdout) as { options: { name: string; default: unknown }[] };
    expect(options).toContainEqual(expect.objectContaining({ name: 'regularizeThreshold', default: 0.5 }));
    expect(options).toContainEqual(expect.objectContaining({ name: 'epochs', default: 100 }));
  });

  it('a closed pipe is quiet', () => {
    const { stdout, stderr } = spawnSync('sh', ['-c', '"$0" "$1" strategies par | head -1', process.execPath, main], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^PAR: /);
  });
});
