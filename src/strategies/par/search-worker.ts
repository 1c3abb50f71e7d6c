import { LifelongError } from '../../core/errors.js';
import type { Split } from '../../core/task.js';
import { arraySplit, lengthOf } from '../../data/array-split.js';
import { allPositions } from '../../experts/training/batches.js';
import { createStepCache } from '../../nn/step-cache.js';
import { trainCandidate, type Candidate, type CandidateSetting } from '../../search/candidate.js';
import type { WorkerAnswer } from '../../search/workers.js';
import type { SearchMessage } from './search-messages.js';
import { searchSetting } from './search-setting.js';

interface Room {
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
}

let rooms: Record<'training' | 'judging', Room> | undefined;
let setting: CandidateSetting | undefined;
let notices: string[] = [];

/**
 * What a process does that trains candidates of one search (src/cli/search-worker.ts): it takes one {@link SearchMessage} after another, then
 * candidates, and sends a {@link WorkerAnswer} for each of these.
 */
export function takeSearchMessage(message: SearchMessage | Candidate, send: (answer: WorkerAnswer) => void): void {
  if (!('kind' in message)) void train(message).then(send);
  else if (message.kind === 'subject') prepare(message);
  else keep(message);
}

function prepare({ subject, sizes }: SearchMessage & { kind: 'subject' }): void {
  const { shape } = subject.task.input;
  const room = (size: number): Room => ({ inputs: new Float32Array(size * lengthOf(shape)), labels: new Int32Array(size) });
  rooms = { training: room(sizes.training), judging: room(sizes.judging) };
  const half = ({ inputs, labels }: Room) => ({
    split: listening(arraySplit(shape, inputs, labels)),
    positions: allPositions(labels.length),
  });
  const steps = createStepCache(subject.options.engine, (notice) => notices.push(notice));
  setting = searchSetting(subject, half(rooms.training), half(rooms.judging), steps);
}

function keep({ half, start, examples }: SearchMessage & { kind: 'examples' }): void {
  rooms?.[half].inputs.set(examples.inputs, start * lengthOf(examples.shape));
  rooms?.[half].labels.set(examples.labels, start);
}

async function train(candidate: Candidate): Promise<WorkerAnswer> {
  if (!setting) throw new Error('a worker process was given a candidate before the data');
  try {
    const trained = await trainCandidate(setting, candidate);
    const answer = { kind: 'trained', trained, notices } as const;
    notices = [];
    return answer;
  } catch (error) {
    if (!(error instanceof LifelongError)) throw error; // the process ends; who started it trains the candidate and fails in the same way
    const { code, message, hint } = error;
    return { kind: 'failed', code, message, hint };
  }
}

/** Lets the event loop have a turn before each read, without which the end of the other process would go unheard. */
function listening(split: Split): Split {
  return {
    ...split,
    async read(indices) {
      await new Promise((resolve) => setImmediate(resolve));
      return split.read(indices);
    },
  };
}
