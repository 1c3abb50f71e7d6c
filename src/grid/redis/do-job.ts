import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LearnEvent } from '../../core/events.js';
import { LifelongError } from '../../core/errors.js';
import type { CellOutcome, ProcessSetting } from '../cell-process.js';
import { fingerprintOf } from '../fingerprint.js';
import { runCell } from '../run-cell.js';
import { storedRun } from '../stored-run.js';
import { jobIdOf, type Job } from './run-job.js';
import { placeOf } from './place-of.js';
import type { StoredFolders } from './stored-folder.js';

/** Saved states are sent no more often than this. */
const sendEveryMs = 2000;

export interface JobSetting extends Omit<ProcessSetting, 'threads'> {
  readonly kept: StoredFolders;
  readonly signal: AbortSignal;
  readonly onEvent: (event: LearnEvent) => void;
}

export type JobOutcome =
  | Exclude<CellOutcome, { readonly kind: 'done' }>
  | { readonly kind: 'done'; readonly shared: boolean }
  | { readonly kind: 'busy'; readonly owner: string };

/**
 * Does a run from the queue, from where whoever had it before has saved it. In a folder of this machine alone what is saved is sent to the server
 * while the run goes on, so that another machine can take it up, and the folder is removed when all of it is there.
 */
export async function doJob(job: Job, { kept, signal, onEvent, ...setting }: JobSetting): Promise<JobOutcome> {
  const { grid, cell, threads } = job;
  const key = jobIdOf(grid.id, cell.name);
  try {
    if ((await fingerprintOf(cell)) !== cell.fingerprint)
      throw new LifelongError('config', `${cell.stream}: the stream as the grid ${grid.name} has it expected, found another one`);
    const { folder, shared } = await placeOf(job);
    if (!shared && (await storedRun(folder)) !== 'complete') await kept.fetch(key, folder);
    const sender = shared ? undefined : sendSaved(() => kept.save(key, folder));
    const outcome = await runCell(
      cell,
      folder,
      { ...setting, threads },
      {
        signal,
        onEvent: (event) => {
          if (event.type === 'checkpoint-saved') sender?.offer();
          onEvent(event);
        },
      },
    );
    if (outcome.kind !== 'busy' && (await storedRun(folder)) !== 'none') await sender?.flush();
    if (outcome.kind !== 'done') return outcome;
    if (!shared) await removeFolder(folder);
    return { kind: 'done', shared };
  } catch (error) {
    if (!(error instanceof LifelongError)) throw error;
    const { code, message, hint } = error;
    return { kind: 'failed', failure: { code, message, hint } };
  }
}

/** Sends states one after another; one that is offered while another is under way waits, and only the latest of these is sent. */
function sendSaved(send: () => Promise<void>): { offer(): void; flush(): Promise<void> } {
  let sending: Promise<void> = Promise.resolve();
  let waiting = false;
  let last = -Infinity;
  const sendNow = async () => {
    waiting = false;
    await send();
    last = performance.now();
  };
  return {
    offer() {
      if (waiting || performance.now() - last < sendEveryMs) return;
      waiting = true;
      sending = sending.then(sendNow).catch(() => undefined); // a later one, or the flush, says what is wrong
    },
    async flush() {
      await sending;
      await send();
    },
  };
}

/** A run folder, and the one around it when it was the last. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rmdir(dirname(folder)).catch(() => undefined);
}
