import type { Job as QueuedJob } from 'bullmq';
import type { CellState } from '../cell-state.js';
import { readGridRecord } from '../grid-folder.js';
import { noProgress, progressSchema, type Progress } from '../progress.js';
import type { Grid } from '../read-grid.js';
import { connect } from './connect.js';
import { jobIdOf, keyPrefix, runsQueue, type Job, type JobResult } from './run-job.js';

/** How runs stand in the queue, of which this machine may see no folder. */
export interface QueuedStates {
  /** @param stored as the folders tell; what they know to be done is done, and so is what is not in the queue as they say */
  read(grid: Grid, stored: readonly CellState[]): Promise<CellState[]>;
  close(): void;
}

/** @throws LifelongError `usage` when the server cannot be reached */
export async function openQueuedStates(address: string): Promise<QueuedStates> {
  const connection = await connect(address);
  const client = connection.client();
  const queue = new connection.bullmq.Queue<Job, JobResult>(runsQueue, { connection: client, prefix: keyPrefix });
  queue.on('error', () => undefined);
  return {
    async read({ cells, out }, stored) {
      const id = (await readGridRecord(out))?.id;
      if (id === undefined) return [...stored];
      const byId = new Map<string | undefined, (state: CellState) => CellState>();
      for (const kind of ['active', 'completed', 'failed'] as const)
        for (const job of await queue.getJobs([kind])) byId.set(job.id, ({ progress }) => stateOf(job, kind, progress));
      return cells.map(({ name }, k) => {
        const state = stored[k] ?? { kind: 'waiting', progress: noProgress };
        return state.kind === 'done' ? state : (byId.get(jobIdOf(id, name))?.(state) ?? state);
      });
    },
    close: () => client.disconnect(),
  };
}

function stateOf(job: QueuedJob<Job, JobResult>, kind: 'active' | 'completed' | 'failed', known: Progress): CellState {
  const progress = progressSchema.safeParse(job.progress).data ?? known;
  switch (kind) {
    case 'active':
      return { kind, progress, worker: job.processedBy ?? '' };
    case 'completed':
      return { kind: 'done', progress };
    case 'failed':
      return { kind, progress, reason: job.failedReason };
  }
}
