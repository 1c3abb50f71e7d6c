import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { ErrorCode } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';

/** What stopped a run: the error that the command ended with, or `crashed` for a process that ended without one. */
export interface CellFailure {
  readonly code: ErrorCode | 'crashed';
  readonly message: string;
  readonly hint?: string | undefined;
}

/** How the process of a run ended. `stopped`: it was asked to, and its state is saved. */
export type CellOutcome =
  { readonly kind: 'done' } | { readonly kind: 'stopped' } | { readonly kind: 'failed'; readonly failure: CellFailure };

/** How processes for runs are started. */
export interface ProcessSetting {
  /** The module that carries out a command line and tells this process how it failed: src/cli/grid-job.ts. */
  readonly entry: URL;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Threads that TensorFlow uses in each process. */
  readonly threads: number;
}

export interface CellWatch {
  /** Asks the process to save its state and end when it is aborted. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: LearnEvent) => void;
}

const failureSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** The last characters of what a process wrote on stderr that are kept, to say why it crashed. */
const keptErrors = 2000;

/** Carries out a command line in a process of its own, which ends with this one. */
export async function runCellProcess(
  args: readonly string[],
  { entry, environment, threads }: ProcessSetting,
  { signal, onEvent }: CellWatch,
): Promise<CellOutcome> {
  if (signal.aborted) return { kind: 'stopped' };
  const child = fork(entry, args, {
    env: { ...environment, ...threadSettings(threads) },
    execArgv: [],
    detached: true, // Ctrl-C in a terminal goes to this process alone, which then asks the others once
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let failure: CellFailure | undefined;
  let errors = '';
  child.on('message', (message) => (failure = failureSchema.parse(message) as CellFailure));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-keptErrors)));
  const stop = () => child.kill('SIGTERM');
  const wasAsked = () => signal.aborted;
  signal.addEventListener('abort', stop);
  try {
    const ended = endOf(child);
    if (child.stdout) for await (const line of createInterface(child.stdout)) onEvent(JSON.parse(line) as LearnEvent);
    const end = await ended;
    if (end === 0) return { kind: 'done' };
    if (wasAsked() && (failure?.code ?? 'interrupted') === 'interrupted') return { kind: 'stopped' };
    return { kind: 'failed', failure: failure ?? { code: 'crashed', message: crashMessage(end, errors) } };
  } finally {
    signal.removeEventListener('abort', stop);
    child.kill('SIGKILL'); // where this function failed; a process that has ended does not mind
  }
}

function endOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(message));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'no exit code'));
  });
}

function crashMessage(end: number | string, errors: string): string {
  const last = errors.trim().split('\n').at(-1) ?? '';
  return `its process ended with ${typeof end === 'number' ? `exit code ${end}` : end}${last === '' ? '' : `: ${last}`}`;
}

/** How many threads TensorFlow uses, as it and the libraries below it read that. */
export function threadSettings(threads: number): Record<string, string> {
  const count = String(threads);
  return { TF_NUM_INTRAOP_THREADS: count, TF_NUM_INTEROP_THREADS: count, OMP_NUM_THREADS: count };
}
