import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Queue, Job as QueuedJob } from 'bullmq';
import { version } from '../../core/version.js';
import { attempts } from '../attempts.js';
import type { Cell } from '../cell.js';
import type { GridEvent } from '../grid-event.js';
import type { GridFolder } from '../grid-folder.js';
import { progressSchema } from '../progress.js';
import { storedRun } from '../stored-run.js';
import type { Connection } from './connect.js';
import { jobIdOf, keyPrefix, resultSchema, runsQueue, type Job, type JobResult } from './run-job.js';
import { storedFolders, type StoredFolders } from './stored-folder.js';

export interface ElsewherePlan {
  readonly connection: Connection;
  readonly gridName: string;
  /** The grid's folder as seen from the current one. */
  readonly out: string;
  readonly threads: number;
  /** Stops watching; workers go on. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: GridEvent) => void;
  readonly onNotice: (line: string) => void;
}

/** How often the queue is looked at, and after how many looks every run that is not done is put into it again, should the server have forgotten it. */
const look = { everyMs: 500, again: 20 };

/** For how long a run folder that a worker wrote into a shared folder may take to be seen here. */
const seenWithinMs = 30_000;

type RunsQueue = Queue<Job, JobResult>;

interface Watched {
  readonly cell: Cell;
  worker: string | undefined;
  troubles: number;
  progress: string;
  doneAt: number | undefined;
}

/**
 * Lets workers do the runs of a grid, and brings what they made into its folder. What is in the queue stays there when this ends early: to
 * start the grid again goes on watching.
 */
export async function runElsewhere(cells: readonly Cell[], folder: GridFolder, plan: ElsewherePlan): Promise<void> {
  const { connection, signal } = plan;
  const client = connection.client();
  const queue: RunsQueue = new connection.bullmq.Queue(runsQueue, { connection: client, prefix: keyPrefix });
  queue.on('error', () => undefined);
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  client.on('close', () => !signal.aborted && plan.onNotice(`${connection.shown}: no connection; trying again`));
  try {
    await Promise.race([watch(cells, folder, plan, queue, storedFolders(client, keyPrefix)), aborted]);
  } finally {
    client.removeAllListeners('close');
    client.disconnect();
    await queue.close().catch(() => undefined);
  }
}

async function watch(
  cells: readonly Cell[],
  folder: GridFolder,
  plan: ElsewherePlan,
  queue: RunsQueue,
  kept: StoredFolders,
): Promise<void> {
  const open = new Map(cells.map((cell): [string, Watched] => [jobIdOf(folder.id, cell.name), watchedOf(cell)]));
  await removeOld(queue, folder.id, open, kept);
  for (let looks = 0; open.size > 0 && !plan.signal.aborted; looks++) {
    if (looks % look.again === 0) await queue.addBulk([...open.values()].map(({ cell }) => jobFor(cell, folder.id, plan)));
    for (const job of await queue.getJobs(['active', 'delayed', 'completed', 'failed'])) {
      const watched = open.get(job.id ?? '');
      if (!watched) continue;
      tellNews(job, watched, plan);
      if (await settle(job, watched, folder, plan, kept)) open.delete(job.id ?? '');
    }
    await sleep(look.everyMs);
  }
}

const watchedOf = (cell: Cell): Watched => ({ cell, worker: undefined, troubles: 0, progress: '', doneAt: undefined });

/** Jobs of this grid that failed before are tried anew; those that it no longer has are not done any more. */
async function removeOld(queue: RunsQueue, gridId: string, open: ReadonlyMap<string, unknown>, kept: StoredFolders): Promise<void> {
  const isOwn = ({ id = '' }: QueuedJob) => id.startsWith(jobIdOf(gridId, ''));
  const failed = (await queue.getJobs(['failed'])).filter(isOwn);
  const others = (await queue.getJobs(['waiting', 'delayed', 'completed'])).filter((job) => isOwn(job) && !open.has(job.id ?? ''));
  for (const job of [...failed, ...others]) await job.remove().catch(() => undefined); // a worker may have it by now
  for (const { id = '' } of others) await kept.drop(id);
}

function jobFor(cell: Cell, gridId: string, { gridName, out, threads }: ElsewherePlan): Parameters<RunsQueue['addBulk']>[0][number] {
  return {
    name: cell.streamName,
    data: { version, grid: { id: gridId, name: gridName }, out, cell, threads, troubles: [] },
    opts: {
      jobId: jobIdOf(gridId, cell.name),
      attempts: attempts.most,
      backoff: { type: 'exponential', delay: attempts.waitMs },
    },
  };
}

function tellNews(job: QueuedJob<Job, JobResult>, watched: Watched, { onEvent }: ElsewherePlan): void {
  const { cell } = watched;
  for (const { worker, reason } of job.data.troubles.slice(watched.troubles)) onEvent({ type: 'cell-retried', cell, worker, reason });
  watched.troubles = Math.max(watched.troubles, job.data.troubles.length);
  const worker = job.processedBy;
  if (worker !== undefined && worker !== watched.worker && job.finishedOn === undefined) {
    watched.worker = worker;
    onEvent({ type: 'cell-started', cell, worker });
  }
  const progress = progressSchema.safeParse(job.progress).data;
  const said = JSON.stringify(progress);
  if (progress && said !== watched.progress) onEvent({ type: 'cell-progressed', cell, progress, ...(worker !== undefined && { worker }) });
  watched.progress = said;
}

/** Takes what became of a job out of the queue. @returns whether it has ended */
async function settle(
  job: QueuedJob<Job, JobResult>,
  watched: Watched,
  folder: GridFolder,
  { onEvent }: ElsewherePlan,
  kept: StoredFolders,
): Promise<boolean> {
  if (job.finishedOn === undefined) return false;
  const { cell } = watched;
  const key = jobIdOf(folder.id, cell.name);
  const place = join(folder.path, cell.name);
  const by = job.processedBy === undefined ? {} : { worker: job.processedBy };
  const giveUp = async (reason: string) => {
    await folder.noteFailure(cell.name, { reason, attempts: Math.max(1, job.attemptsMade) });
    onEvent({ type: 'cell-failed', cell, reason, attempts: Math.max(1, job.attemptsMade), ...by });
  };

  if (await job.isFailed()) {
    await giveUp(job.failedReason);
  } else {
    const { shared } = resultSchema.parse(job.returnvalue);
    if (!shared) await kept.fetch(key, place);
    if ((await storedRun(place)) !== 'complete') {
      watched.doneAt ??= performance.now();
      if (shared && performance.now() - watched.doneAt < seenWithinMs) return false;
      await giveUp(`${place}: the finished run expected, which ${job.processedBy ?? 'a worker'} wrote there, found none`);
    } else {
      onEvent({ type: 'cell-finished', cell, ...by });
    }
  }
  await job.remove();
  await kept.drop(key);
  return true;
}
