import type { Serializable } from 'node:child_process';
import { LifelongError, type ErrorCode } from '../core/errors.js';
import type { Candidate, TrainedCandidate } from './candidate.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

/** What a worker process answers to a candidate. */
export type WorkerAnswer =
  | { readonly kind: 'trained'; readonly trained: TrainedCandidate; readonly notices: readonly string[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };

/** Processes that train candidates. */
export interface Workers {
  /**
   * Trains candidates beside each other, one at a time in each process.
   *
   * @returns in order; undefined for one that is left to the caller because the process that had it, or every process, has ended
   * @throws LifelongError `interrupted`; what training the first one that failed threw
   */
  train(candidates: readonly Candidate[]): Promise<readonly (TrainedCandidate | undefined)[]>;
  /** Ends the processes at once. */
  close(): void;
}

export interface WorkersPlan {
  readonly count: number;
  /** The module that each process runs: it takes the preparation, then candidates, as messages, and sends a {@link WorkerAnswer} for each of these. */
  readonly entry: URL;
  /** What every process is told before its first candidate. */
  readonly preparation: () => AsyncIterable<Serializable>;
  readonly owner: string;
  /** Ends the processes at once when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** Starts what trains candidates: {@link startWorkers}, or something else that gives the same numbers. */
export type StartWorkers = (plan: WorkersPlan) => Promise<Workers>;

/** Starts the processes. They have this one's environment, its thread settings too, hence the same numbers. */
export async function startWorkers({ count, entry, preparation, owner, signal, onNotice }: WorkersPlan): Promise<Workers> {
  let open = true;
  const told = (how: string) => {
    if (open) onNotice?.(`a worker process has ended (${how}); what it was to train is trained by the others and by this process`);
  };
  const workers = Array.from({ length: count }, () => startWorkerProcess(entry, told));
  const close = () => {
    open = false;
    signal?.removeEventListener('abort', close);
    for (const worker of workers) worker.kill();
  };
  const stopIfAborted = () => {
    if (signal?.aborted) throw new LifelongError('interrupted', `${owner}: interrupted in a round of the search`);
  };
  signal?.addEventListener('abort', close);
  try {
    for await (const message of preparation()) {
      await Promise.allSettled(workers.map((worker) => worker.tell(message)));
      stopIfAborted();
    }
  } catch (error) {
    close();
    throw error;
  }

  return {
    async train(candidates) {
      stopIfAborted();
      const answers: (WorkerAnswer | undefined)[] = candidates.map(() => undefined);
      const waiting = [...candidates.entries()];
      const serve = async (worker: WorkerProcess) => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const [index, candidate] = next;
          answers[index] = (await worker.ask(candidate)) as WorkerAnswer;
        }
      };
      await Promise.allSettled(workers.filter(({ alive }) => alive).map(serve));
      stopIfAborted();
      return answers.map((answer) => {
        if (answer?.kind === 'failed') throw new LifelongError(answer.code, answer.message, answer.hint);
        for (const notice of answer?.notices ?? []) onNotice?.(notice);
        return answer?.trained;
      });
    },
    close,
  };
}
