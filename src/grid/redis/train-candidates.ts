import { deserialize, serialize } from 'node:v8';
import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ProcessSetting } from '../cell-process.js';
import { candidateProcesses } from './candidate-processes.js';
import { candidateJobSchema, candidatesQueue, keptSeconds, searchKeys, type CandidateJob } from './candidate-job.js';
import type { Connection } from './connect.js';
import { keyPrefix } from './run-job.js';

export interface TrainingPlan {
  readonly connection: Connection;
  readonly client: Redis;
  readonly name: string;
  /** Candidates beside each other. */
  readonly jobs: number;
  readonly silenceMs: number;
  readonly entry: URL;
  readonly environment: ProcessSetting['environment'];
  /** Told of a job of another version of this package, which this worker then leaves to others. */
  readonly isOwnVersion: (version: string) => boolean;
}

/** Takes candidates of searches from the queue and trains them, until it is closed. What is under way then is handed back. */
export function trainCandidates(plan: TrainingPlan): { close(): Promise<void> } {
  const { connection, client, name, jobs, silenceMs } = plan;
  const { bullmq } = connection;
  const processes = candidateProcesses(client, plan.entry, plan.environment);
  let closing = false;

  const worker: Worker<CandidateJob, null> = new bullmq.Worker<CandidateJob, null>(
    candidatesQueue,
    async (queued, token) => {
      const job = candidateJobSchema.parse(queued.data);
      if (!plan.isOwnVersion(job.version)) {
        await queued.moveToDelayed(Date.now() + 1000, token);
        throw new bullmq.DelayedError();
      }
      const keys = searchKeys(job.search);
      const candidate = await client.getBuffer(keys.candidate(job.sample));
      if (!candidate) return null; // the search is over
      const process = await processes.lend(job);
      try {
        const answer = await process.ask(deserialize(candidate) as object);
        await client.set(keys.answer(job.sample), serialize(answer), 'EX', keptSeconds);
        return null;
      } catch (error) {
        if (!closing) throw error;
        await queued.moveToWait(token);
        throw new bullmq.WaitingError();
      } finally {
        processes.giveBack(job, process);
      }
    },
    {
      ...{ connection: client, prefix: keyPrefix, name, concurrency: jobs },
      ...{ lockDuration: silenceMs, stalledInterval: silenceMs / 2, maxStalledCount: 10 },
    },
  );
  worker.on('error', () => undefined); // the client connects again
  return {
    async close() {
      closing = true;
      processes.close();
      await worker.close();
    },
  };
}
