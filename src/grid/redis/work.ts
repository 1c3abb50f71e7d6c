import { setTimeout as sleep } from 'node:timers/promises';
import type { Job as QueuedJob, Worker } from 'bullmq';
import { LifelongError } from '../../core/errors.js';
import { version } from '../../core/version.js';
import { isOfMachine, mayPass, reasonOf } from '../attempts.js';
import type { CellFailure, ProcessSetting } from '../cell-process.js';
import type { GridEvent } from '../grid-event.js';
import { noProgress, progressAfter } from '../progress.js';
import type { Connection } from './connect.js';
import { doJob } from './do-job.js';
import { jobSchema, keyPrefix, runsQueue, type Job, type JobResult } from './run-job.js';
import { storedFolders } from './stored-folder.js';
import { trainCandidates } from './train-candidates.js';

export interface WorkPlan extends Omit<ProcessSetting, 'threads'> {
  readonly connection: Connection;
  /** The module of processes that train candidates of searches: src/cli/search-worker.ts. */
  readonly searchEntry: URL;
  /** Names this process among all workers. */
  readonly name: string;
  readonly cores: number;
  /** Runs beside each other; by default as many as there are cores for. */
  readonly jobs: number | undefined;
  /** After how long a worker that says nothing counts as dead. */
  readonly silenceMs: number;
  /** Ends the work: what is under way is saved and handed back. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: GridEvent) => void;
  readonly onNotice: (line: string) => void;
}

/** How often the worker of a job may die before the job is given up. */
const mostDeaths = 10;

/** How long saving what is under way, and sending it, may take when this worker is to end. */
const savingMs = 60_000;

/** How long handing back may take when the server does not answer; the jobs then count as those of a dead worker. */
const handBackMs = 5000;

/** For how long a job that this worker cannot do now is left to others. */
const leftMs = { busy: 5000, elsewhere: 1000 };

/**
 * Takes runs of grids from the queue and does them, until it is asked to end. Jobs of workers that died are taken up by whoever has time, and go on
 * where they were saved.
 *
 * @throws LifelongError `usage` when a grid of another version of this package wants to be done, naming both
 */
export async function work(plan: WorkPlan): Promise<void> {
  const { connection, name, signal, silenceMs } = plan;
  const { bullmq } = connection;
  const client = connection.client();
  const kept = storedFolders(client, keyPrefix);
  const queue = new bullmq.Queue<Job, JobResult>(runsQueue, { connection: client, prefix: keyPrefix });
  const ending = new AbortController();
  const end = () => ending.abort();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  let refusal: LifelongError | undefined;

  /** Runs that have not ended yet. */
  const doing = new Set<Promise<unknown>>();
  const underWay = <Outcome>(run: Promise<Outcome>): Promise<Outcome> => {
    doing.add(run);
    return run.finally(() => doing.delete(run));
  };

  /** A job of another version is left to others, and this worker ends: it would find more of them. */
  const isOwnVersion = (wanted: string): boolean => {
    if (wanted === version) return true;
    refusal = otherVersion(wanted, connection.shown);
    end();
    return false;
  };

  /** Lets another worker, or this one later, have a job, which counts as no attempt. */
  const leave = async (job: QueuedJob<Job, JobResult>, token: string, milliseconds: number): Promise<never> => {
    await job.moveToDelayed(Date.now() + milliseconds, token);
    throw new bullmq.DelayedError();
  };

  /** Workers that live and have not found that their machine cannot do the job. */
  const othersFor = async ({ troubles }: Job): Promise<number> => {
    const unfit = new Set([name, ...troubles.filter(({ ofMachine }) => ofMachine).map(({ worker }) => worker)]);
    const names = (await queue.getWorkers()).map(({ rawname = '' }) => rawname.split(':w:')[1] ?? '');
    return names.filter((other) => !unfit.has(other)).length;
  };

  const process = async (queued: QueuedJob<Job, JobResult>, token = '', lost?: AbortSignal): Promise<JobResult> => {
    const job = jobSchema.parse(queued.data);
    if (!isOwnVersion(job.version)) return leave(queued, token, leftMs.elsewhere);
    if (plan.jobs === undefined) worker.concurrency = Math.max(1, Math.floor(plan.cores / job.threads));
    const wasUnfit = job.troubles.some((trouble) => trouble.ofMachine && trouble.worker === name);
    if (wasUnfit && (await othersFor(job)) > 0) return leave(queued, token, leftMs.elsewhere);

    plan.onEvent({ type: 'cell-started', cell: job.cell });
    const outcome = await underWay(
      doJob(job, {
        ...{ kept, entry: plan.entry, environment: plan.environment },
        signal: lost ? AbortSignal.any([ending.signal, lost]) : ending.signal,
        onEvent: reportProgress(queued, job, plan),
      }),
    );
    switch (outcome.kind) {
      case 'done':
        plan.onEvent({ type: 'cell-finished', cell: job.cell });
        return { shared: outcome.shared };
      case 'busy':
        return leave(queued, token, leftMs.busy);
      case 'stopped':
        if (!lost?.aborted) await queued.moveToWait(token).catch(() => undefined); // the server has forgotten it, and the grid puts it in again
        throw new bullmq.WaitingError();
      case 'failed':
        return fail(queued, job, token, outcome.failure);
    }
  };

  const fail = async (queued: QueuedJob<Job, JobResult>, job: Job, token: string, failure: CellFailure): Promise<never> => {
    const reason = reasonOf(failure);
    const ofMachine = isOfMachine(failure);
    const troubles = [...job.troubles, { worker: name, reason, ofMachine }];
    plan.onEvent({ type: 'cell-retried', cell: job.cell, reason });
    await queued.updateData({ ...job, troubles });
    if (!mayPass(failure)) throw new bullmq.UnrecoverableError(reason);
    if (ofMachine && (await othersFor({ ...job, troubles })) > 0) return leave(queued, token, leftMs.elsewhere);
    throw new Error(troubles.map((trouble) => `${trouble.worker}: ${trouble.reason}`).join('; '));
  };

  const worker: Worker<Job, JobResult> = new bullmq.Worker<Job, JobResult>(runsQueue, (job, token, lost) => process(job, token, lost), {
    ...{ connection: client, prefix: keyPrefix, name, concurrency: plan.jobs ?? plan.cores },
    ...{ maxStalledCount: mostDeaths, lockDuration: silenceMs, stalledInterval: silenceMs / 2 },
  });
  worker.on('error', () => undefined); // the client connects again, and says so
  const candidates = trainCandidates({
    ...{ connection, client, name, silenceMs, isOwnVersion },
    ...{ jobs: plan.jobs ?? plan.cores, entry: plan.searchEntry, environment: plan.environment },
  });
  worker.on('lockRenewalFailed', (ids: string[]) => {
    for (const id of ids) worker.cancelJob(id);
  });
  client.on('close', () => !ending.signal.aborted && plan.onNotice(`${connection.shown}: no connection; trying again`));
  await new Promise<void>((resolve) => {
    if (ending.signal.aborted) resolve();
    ending.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const closed = Promise.all([worker.close(), candidates.close()]);
  await Promise.race([Promise.allSettled(doing), sleep(savingMs, undefined, { ref: false })]);
  await Promise.race([closed, sleep(handBackMs, undefined, { ref: false })]);
  client.removeAllListeners('close');
  client.disconnect();
  worker.disconnect().catch(() => undefined);
  if (refusal) throw refusal;
}

/** Tells the queue how far a run has come, once a second at most, and this process of every step. */
function reportProgress(
  queued: QueuedJob<Job, JobResult>,
  { cell }: Job,
  { onEvent }: WorkPlan,
): (event: Parameters<typeof progressAfter>[1]) => void {
  let progress = noProgress;
  let told = -Infinity;
  return (event) => {
    const next = progressAfter(progress, event);
    if (next === progress) return;
    progress = next;
    onEvent({ type: 'cell-progressed', cell, progress });
    if (performance.now() - told < 1000) return;
    told = performance.now();
    queued.updateProgress(progress).catch(() => undefined); // of no account when it comes too late
  };
}

function otherVersion(wanted: string, shown: string): LifelongError {
  return new LifelongError(
    'usage',
    `${shown}: a worker of lifelong ${wanted} expected, which runs there were started with, found one of lifelong ${version}`,
    `npm install lifelong@${wanted}`,
  );
}
