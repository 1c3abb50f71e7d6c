import { deserialize } from 'node:v8';
import type { Redis } from 'ioredis';
import { startWorkerProcess, type WorkerProcess } from '../../search/worker-process.js';
import { threadSettings, type ProcessSetting } from '../cell-process.js';
import { searchKeys, type CandidateJob } from './candidate-job.js';

/** Processes that have the data of a search, and train its candidates one after another. */
export interface CandidateProcesses {
  /** Lends a process that is prepared for the search; whoever got it gives it back. */
  lend(job: CandidateJob): Promise<WorkerProcess>;
  giveBack(job: CandidateJob, process: WorkerProcess): void;
  close(): void;
}

/** A process that has nothing to do for so long is ended. */
const idleMs = 60_000;

/** @param entry the module that each process runs: src/cli/search-worker.ts */
export function candidateProcesses(client: Redis, entry: URL, environment: ProcessSetting['environment']): CandidateProcesses {
  const all = new Set<WorkerProcess>();
  const idle = new Map<WorkerProcess, { readonly key: string; readonly timer: NodeJS.Timeout }>();
  const keyOf = ({ search, threads }: CandidateJob) => `${search} ${threads}`;
  const end = (process: WorkerProcess) => {
    clearTimeout(idle.get(process)?.timer);
    idle.delete(process);
    all.delete(process);
    process.kill();
  };

  return {
    async lend(job) {
      for (const [process, { key, timer }] of idle) {
        if (key !== keyOf(job) || !process.alive) continue;
        clearTimeout(timer);
        idle.delete(process);
        return process;
      }
      for (const process of idle.keys()) end(process); // of other searches: their data take memory
      const process = startWorkerProcess(entry, () => undefined, { ...environment, ...threadSettings(job.threads) });
      all.add(process);
      const { preparation } = searchKeys(job.search);
      for (let k = 0; ; k++) {
        const message = await client.lindexBuffer(preparation, k);
        if (!message) return process;
        await process.tell(deserialize(message) as object);
      }
    },
    giveBack(job, process) {
      if (!process.alive) end(process);
      else idle.set(process, { key: keyOf(job), timer: setTimeout(() => end(process), idleMs) });
    },
    close() {
      for (const process of all) end(process);
    },
  };
}
