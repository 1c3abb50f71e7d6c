import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { readGridRecord } from '../grid-folder.js';
import type { Job } from './run-job.js';

/** Where a worker writes a run. */
export interface Place {
  readonly folder: string;
  /** Whether it is in the grid's own folder, which then need not be sent. */
  readonly shared: boolean;
}

/**
 * The grid's folder where this machine sees it, known by the id in its `grid.json`. Elsewhere a folder of the worker's own beside where that would
 * be, so that paths relative to the run folder are the same; never outside of the current folder.
 */
export async function placeOf({ grid, out, cell }: Job): Promise<Place> {
  const record = await readGridRecord(out).catch(() => undefined);
  if (record?.id === grid.id) return { folder: join(out, cell.name), shared: true };
  const within = isWithin(out) ? out : join('checkpoints', 'grid');
  return { folder: join(dirname(within), `.${basename(within)}-${grid.id.slice(0, 8)}`, cell.name), shared: false };
}

function isWithin(path: string): boolean {
  const seen = relative('', resolve(path));
  return seen !== '' && !seen.startsWith('..') && !isAbsolute(seen);
}
