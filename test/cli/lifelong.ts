import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a finished program left. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Settings {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Starts the built program in a child process, with pipes for stdout and stderr. */
export function start(args: readonly string[], { cwd, env }: Settings = {}): ChildProcessWithoutNullStreams {
  if (!existsSync(main)) throw new Error('dist/cli/main.js is missing: npm run build');
  return spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } });
}

/** Waits for the end of a child process. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

/** Runs `lifelong` with these arguments to its end. */
export function lifelong(args: readonly string[], settings?: Settings): Promise<Ended> {
  return ended(start(args, settings));
}

/** Arguments of a run that takes seconds: five tasks, one epoch and one search sample each on very little data. */
export const tinyRun = [
  ...['run', 'split-mnist', '--epochs', '1', '--samples', '1', '--channels', '2', '--cells', '2', '--batch-size', '16'],
  ...['--set', 'limits.train=40', '--set', 'limits.test=20', '--set', 'limits.validation=20%'],
];
