import { spawnSync } from 'node:child_process';

const started = performance.now();

/** One line of progress, with the seconds since the start. */
export function say(text) {
  console.error(`[setup ${((performance.now() - started) / 1000).toFixed(1)}s] ${text}`);
}

/**
 * Runs a program to its end. Its output goes to stderr, or with `quiet` into `text`.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, quiet?: boolean }} [options]
 * @returns {{ ok: boolean, text: string }}
 */
export function run(program, args, { cwd, env, quiet = false } = {}) {
  const result = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: quiet ? 'pipe' : ['ignore', 2, 2],
  });
  return { ok: result.status === 0, text: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}`.trim() };
}
