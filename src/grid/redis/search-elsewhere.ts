import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { LifelongError } from '../../core/errors.js';
import { version } from '../../core/version.js';
import type { Candidate, TrainedCandidate } from '../../search/candidate.js';
import type { StartWorkers, WorkerAnswer } from '../../search/workers.js';
import { candidatesQueue, keptSeconds, searchKeys, type CandidateJob } from './candidate-job.js';
import type { Connection } from './connect.js';
import { keyPrefix } from './run-job.js';

/** How often answers are looked for, and after how many looks whether there is anybody to give them. */
const look = { everyMs: 50, anybody: 40 };

/**
 * Candidates of searches trained by the workers of a Redis server, to the same numbers. What nobody trains is left to the process that searches.
 *
 * @param threads that TensorFlow has in this process, and is to have there
 */
export function searchElsewhere(connection: Connection, threads: number): StartWorkers {
  return async ({ preparation, owner, signal, onNotice }) => {
    const client = connection.client();
    const queue = new connection.bullmq.Queue<CandidateJob>(candidatesQueue, { connection: client, prefix: keyPrefix });
    queue.on('error', () => undefined);
    const search = randomUUID();
    const keys = searchKeys(search);
    let alone = false;
    for await (const message of preparation()) {
      await client.rpush(keys.preparation, serialize(message));
      await client.expire(keys.preparation, keptSeconds);
    }

    const send = async (candidates: readonly Candidate[]) => {
      for (const candidate of candidates) await client.set(keys.candidate(candidate.sample), serialize(candidate), 'EX', keptSeconds);
      await queue.addBulk(
        candidates.map(({ sample }) => ({
          name: 'candidate',
          data: { version, search, sample, threads },
          opts: { jobId: `${search}.${sample}`, attempts: 2, removeOnComplete: true },
        })),
      );
    };

    /** Samples that nobody will answer for: those that failed, and all where there is no worker. */
    const lost = async (samples: readonly number[]): Promise<readonly number[]> => {
      const nobody = (await queue.getWorkers()).length === 0;
      if (nobody && !alone) onNotice?.('no worker is there to train samples of the search; this process does');
      alone = nobody;
      const found: number[] = [];
      for (const sample of samples) {
        const job = await queue.getJob(`${search}.${sample}`);
        const state = await job?.getState();
        if (state === undefined || state === 'failed' || nobody) {
          found.push(sample);
          await job?.remove().catch(() => undefined); // one that is active: its answer comes too late
        }
      }
      return found;
    };

    return {
      async train(candidates) {
        const answers = new Map<number, TrainedCandidate>();
        const open = new Set(candidates.map(({ sample }) => sample));
        await send(candidates);
        for (let looks = 1; open.size > 0; looks++) {
          if (signal?.aborted) throw new LifelongError('interrupted', `${owner}: interrupted in a round of the search`);
          const samples = [...open];
          const found = await client.mgetBuffer(samples.map(keys.answer));
          for (const [i, bytes] of found.entries()) {
            const sample = samples[i] ?? 0;
            if (!bytes) continue;
            open.delete(sample);
            await client.unlink(keys.answer(sample), keys.candidate(sample));
            const answer = deserialize(bytes) as WorkerAnswer;
            if (answer.kind === 'failed') throw new LifelongError(answer.code, answer.message, answer.hint);
            for (const notice of answer.notices) onNotice?.(notice);
            answers.set(sample, answer.trained);
          }
          if (looks % look.anybody === 0 || alone) for (const sample of await lost([...open])) open.delete(sample);
          await sleep(look.everyMs);
        }
        return candidates.map(({ sample }) => answers.get(sample));
      },
      close() {
        void client
          .unlink(keys.preparation)
          .catch(() => undefined)
          .finally(() => client.disconnect());
      },
    };
  };
}
