import { join } from 'node:path';
import { readEvents, readRun, runOwner } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { Cell } from './cell.js';
import { readGridRecord, type RecordedFailure } from './grid-folder.js';
import { noProgress, progressAfter, type Progress } from './progress.js';

/** How a run of a grid stands. */
export type CellState =
  | { readonly kind: 'waiting'; readonly progress: Progress }
  | { readonly kind: 'active'; readonly progress: Progress; readonly worker: string }
  | { readonly kind: 'done'; readonly progress: Progress }
  | { readonly kind: 'failed'; readonly progress: Progress; readonly reason: string };

/**
 * How the runs of a grid stand as their folders tell, whoever works on them. Nothing is locked or changed.
 *
 * @returns in the order of `cells`
 */
export async function readCellStates(cells: readonly Cell[], out: string): Promise<CellState[]> {
  const failures = (await readGridRecord(out))?.failures ?? {};
  const states: CellState[] = [];
  for (const { name } of cells) states.push(await readCellState(join(out, name), failures[name]));
  return states;
}

async function readCellState(folder: string, failure: RecordedFailure | undefined): Promise<CellState> {
  const run = await recordOf(folder);
  const progress = run?.progress ?? noProgress;
  if (run?.complete) return { kind: 'done', progress };
  const owner = run && (await runOwner(folder));
  if (owner) return { kind: 'active', progress: await latestProgress(folder, progress), worker: `${owner.host}:${owner.pid}` };
  return failure ? { kind: 'failed', progress, reason: failure.reason } : { kind: 'waiting', progress };
}

/** What the record of a run says; undefined where there is none that can be read. */
async function recordOf(folder: string): Promise<{ readonly complete: boolean; readonly progress: Progress } | undefined> {
  try {
    const { status, tasks, stream, limit } = await readRun(folder);
    const expected = limit === null ? stream.tasks : Math.min(limit, stream.tasks ?? limit);
    return { complete: status === 'complete', progress: { task: tasks.length, tasks: expected, at: '' } };
  } catch (error) {
    if (error instanceof LifelongError) return undefined;
    throw error;
  }
}

/** Where the work that goes on has come to, by the log. */
async function latestProgress(folder: string, saved: Progress): Promise<Progress> {
  let progress = saved;
  try {
    for await (const event of readEvents(folder)) progress = progressAfter(progress, event);
  } catch (error) {
    if (!(error instanceof LifelongError)) throw error;
  }
  return progress;
}
