import PQueue from 'p-queue';
import pRetry from 'p-retry';
import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { attempts, mayPass, reasonOf } from './attempts.js';
import type { Cell } from './cell.js';
import type { CellFailure, ProcessSetting } from './cell-process.js';
import type { GridEvent } from './grid-event.js';
import type { GridFolder } from './grid-folder.js';
import { noProgress, progressAfter } from './progress.js';
import { runCell } from './run-cell.js';

export interface HerePlan extends ProcessSetting {
  /** Runs beside each other. */
  readonly jobs: number;
  /** Asks every run to save its state and end, and starts no other. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: GridEvent) => void;
}

/** Why an attempt did not come to its end. */
class Failed extends Error {
  constructor(readonly failure: CellFailure) {
    super(reasonOf(failure));
  }
}

/** Does the runs of a grid on this machine, so many beside each other, each in a process of its own. One that fails is tried again, and does not stop the others. */
export async function runHere(cells: readonly Cell[], folder: GridFolder, plan: HerePlan): Promise<void> {
  const queue = new PQueue({ concurrency: plan.jobs });
  await Promise.all(cells.map((cell) => queue.add(() => patiently(cell, folder, plan))));
}

/**
 * Does one run of a grid in this folder, once.
 *
 * @throws LifelongError why it failed
 */
export async function runOne(cell: Cell, out: string, plan: HerePlan): Promise<'done' | 'stopped'> {
  try {
    return await attempt(cell, join(out, cell.name), plan);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const { code, message, hint } = error.failure;
    throw new LifelongError(code === 'crashed' ? 'backend' : code, message, hint);
  }
}

async function patiently(cell: Cell, folder: GridFolder, plan: HerePlan): Promise<void> {
  const { signal, onEvent } = plan;
  if (signal.aborted) return;
  let tried = 0;
  try {
    await pRetry(
      () => {
        tried++;
        return attempt(cell, join(folder.path, cell.name), plan);
      },
      {
        ...{ retries: attempts.most - 1, minTimeout: attempts.waitMs, factor: attempts.factor, signal },
        shouldRetry: ({ error }) => error instanceof Failed && mayPass(error.failure),
        onFailedAttempt: ({ error, retriesLeft }) => {
          if (retriesLeft > 0 && error instanceof Failed && mayPass(error.failure))
            onEvent({ type: 'cell-retried', cell, reason: error.message });
        },
      },
    );
  } catch (error) {
    if (error === signal.reason) return; // it was to be tried again
    if (!(error instanceof Failed)) throw error;
    await folder.noteFailure(cell.name, { reason: error.message, attempts: tried });
    onEvent({ type: 'cell-failed', cell, reason: error.message, attempts: tried });
  }
}

async function attempt(cell: Cell, folder: string, plan: HerePlan): Promise<'done' | 'stopped'> {
  const { signal, onEvent } = plan;
  let progress = noProgress;
  onEvent({ type: 'cell-started', cell });
  const outcome = await runCell(cell, folder, plan, {
    signal,
    onEvent: (event) => {
      const next = progressAfter(progress, event);
      if (next !== progress) onEvent({ type: 'cell-progressed', cell, progress: next });
      progress = next;
    },
  });
  switch (outcome.kind) {
    case 'done':
      onEvent({ type: 'cell-finished', cell });
      return 'done';
    case 'stopped':
      return 'stopped';
    case 'busy':
      throw new Failed({ code: 'run-locked', message: `the run is being written by ${outcome.owner}` });
    case 'failed':
      throw new Failed(outcome.failure);
  }
}
