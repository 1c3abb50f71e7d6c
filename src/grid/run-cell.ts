import { openRunStore, runOwner } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { Cell } from './cell.js';
import { runCellProcess, type CellOutcome, type CellWatch, type ProcessSetting } from './cell-process.js';
import { storedRun } from './stored-run.js';

/**
 * Does the run of a cell as far as it is not done: from the start, or from where it was saved last. Of a finished one at most leftovers are removed.
 *
 * @param folder the run folder
 * @returns `busy` when another process writes the run, which nothing was changed about
 */
export async function runCell(
  cell: Cell,
  folder: string,
  setting: ProcessSetting,
  watch: CellWatch,
): Promise<CellOutcome | { readonly kind: 'busy'; readonly owner: string }> {
  try {
    const stored = await storedRun(folder);
    const owner = await runOwner(folder);
    if (owner) return { kind: 'busy', owner: `process ${owner.pid} on ${owner.host}` };
    if (stored === 'complete') {
      await (await openRunStore(folder)).close(); // removes what its process left, should that have been killed as it ended
      return { kind: 'done' };
    }
    return await runCellProcess(stored === 'none' ? firstTime(cell, folder) : ['resume', folder, '--json'], setting, watch);
  } catch (error) {
    if (!(error instanceof LifelongError)) throw error;
    const { code, message, hint } = error;
    return { kind: 'failed', failure: { code, message, hint } };
  }
}

/** The command line that starts a cell's run. */
function firstTime({ stream, strategy, seed, set, options, features, tasks }: Cell, folder: string): string[] {
  return [
    ...['run', stream, '--strategy', strategy, '--seed', String(seed), '--out', folder, '--json'],
    ...Object.entries({ ...set, ...options }).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`]),
    ...(features === undefined ? [] : ['--features', features]),
    ...(tasks === undefined ? [] : ['--tasks', String(tasks)]),
  ];
}
