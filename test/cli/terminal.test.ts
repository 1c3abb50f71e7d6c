import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { needing } from '../support/needing.js';
import { main, tinyRun } from './lifelong.js';

const cwd = mkdtempSync(join(tmpdir(), 'lifelong-terminal-'));
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const script = { what: 'script of util-linux on PATH', there: spawnSync('script', ['--version']).status === 0 };

/** What the program writes on a pseudo-terminal of so many columns, made by util-linux `script`. */
function onTerminal(args: readonly string[], columns: number, env: Record<string, string> = {}): string {
  const command = `stty cols ${columns}; exec ${[process.execPath, main, ...args].map((part) => `'${part}'`).join(' ')}`;
  const inherited = { ...process.env, TERM: 'xterm', CI: '', NO_COLOR: '' };
  return spawnSync('script', ['-qec', command, '/dev/null'], { cwd, env: { ...inherited, ...env }, encoding: 'utf8' }).stdout;
}

needing(script).describe('on a terminal', () => {
  it('one line lives, no wider than the terminal', () => {
    const output = onTerminal([...tinyRun, '--tasks', '1', '--out', 'live'], 60);
    expect(output).toContain('\r\u001b[K');
    expect(output).toMatch(/train 1\/1, loss/);
    const shown = stripVTControlCharacters(output).split(/[\r\n]+/);
    const living = shown.filter((line) => /train \d+\/|sample \d+\//.test(line));
    expect(living.length).toBeGreaterThan(1);
    expect(Math.max(...living.map((line) => line.length))).toBeLessThan(60);
  });

  it('a narrow terminal and a build server get lines', () => {
    expect(onTerminal([...tinyRun, '--tasks', '1', '--out', 'narrow'], 20)).not.toContain('\u001b[K');
    expect(onTerminal([...tinyRun, '--tasks', '1', '--out', 'server'], 80, { CI: '1' })).not.toContain('\u001b[K');
  });

  it('NO_COLOR is honoured', () => {
    expect(onTerminal(['report', 'live'], 80)).toContain('\u001b[1m');
    expect(onTerminal(['report', 'live'], 80, { NO_COLOR: '1' })).not.toContain('\u001b');
    expect(onTerminal(['rnu'], 80, { NO_COLOR: '1' })).not.toContain('\u001b');
  });
});
