import { availableParallelism } from 'node:os';
import { LifelongError } from '../../core/errors.js';
import { random } from '../../core/random.js';
import { taskRef, type Task } from '../../core/task.js';
import { gibibytes, machineMemory } from '../../nn/machine-memory.js';
import type { StepCache } from '../../nn/step-cache.js';
import { createSearch, type Search, type SearchProgress } from '../../search/search.js';
import { startWorkers, type StartWorkers } from '../../search/workers.js';
import type { LearnContext } from '../strategy.js';
import type { ArchitectureSearch } from './architecture-search.js';
import type { ParOptions } from './options.js';
import type { SearchMessage } from './search-messages.js';
import { searchPurpose, searchSetting, searchSupernet, type Half, type SearchSubject } from './search-setting.js';

/** Examples sent to a worker process at once. */
const block = 4096;

/** What a search is told besides what every strategy is. */
interface SearchContext extends LearnContext {
  /** Searches of tasks before. */
  readonly earlier?: number;
  /** Bytes that this machine has, unless it is to be found out. */
  readonly memory?: number;
}

/**
 * The search for a task's architecture: its training data in two random halves, one to train paths on, one to judge them by. Whoever asks for it
 * closes it.
 */
export function searchFor(
  task: Task,
  options: ParOptions,
  steps: StepCache,
  context: SearchContext,
  resumed?: SearchProgress,
): Search & ArchitectureSearch {
  const { seed, signal, onNotice } = context;
  const { searchRound: round, searchRate, learningRate, channels, cells } = options;
  const order = random(seed, ...searchPurpose(task), 'halves').permutation(task.train.size);
  const half = Math.max(1, order.length >> 1);
  const training = { split: task.train, positions: order.subarray(0, half) };
  const judging = { split: task.train, positions: order.length > 1 ? order.subarray(half) : order };
  const count = workersFor(context, round);
  const owner = `task ${task.id}`;
  const searches = fitsMemory(task, options, context.startWorkers ? 1 : count, context) ? 1 + (context.earlier ?? 0) : 0;
  const subject = { task: { ...taskRef(task), augment: task.augment }, options, train: task.train.size, seed, searches };
  const preparation = () => tellHalves(subject, { training, judging });
  const entry = new URL('../../cli/search-worker.js', import.meta.url);
  const search = createSearch(
    {
      ...searchSetting(subject, training, judging, steps, signal),
      ...{ round, searchRate, learningRate, seed },
      purpose: searchPurpose(task),
      startWorkers:
        count > 0
          ? () =>
              ((context.startWorkers as StartWorkers | undefined) ?? startWorkers)({ count, entry, preparation, owner, signal, onNotice })
          : undefined,
    },
    resumed,
  );
  return { ...search, architecture: () => ({ kind: 'cells', genotype: search.genotype(), channels, cells }) };
}

/**
 * How many worker processes a search in such rounds has use for. Unless it is told: none on few cores, where a compiled step keeps them all busy;
 * else half as many as there are, of two cores each (docs/performance.md).
 */
function workersFor({ workers, onNotice }: LearnContext, round: number): number {
  if (workers === undefined) {
    const cores = availableParallelism();
    return round === 1 || cores < 4 ? 0 : Math.min(round, cores >> 1);
  }
  if (!Number.isInteger(workers) || workers < 0) {
    throw new LifelongError('config', `workers: a whole number from 0 expected, found ${workers}`);
  }
  if (workers > 0 && round === 1) {
    onNotice?.(
      'workers have nothing to share out: each sample of the search follows from the one before; with searchRound=8, say, eight at a time do not',
    );
    return 0;
  }
  return Math.min(workers, round);
}

/** What the graphs of a super-network take for each of its cells, in bytes (measured: docs/performance.md). */
const graphBytes = 70e6;

/** Whether the compiled super-network fits into this machine's memory, in each process that trains candidates. */
function fitsMemory(task: Task, options: ParOptions, workers: number, { onNotice, memory = machineMemory() }: SearchContext): boolean {
  const { held } = searchSupernet(task, options).declaration;
  const needed = Math.max(1, workers) * (graphBytes * options.cells + 4 * held * options.batchSize);
  if (options.engine === 'eager' || needed <= memory) return true;
  const found = `the super-network needs ${gibibytes(needed)} of memory to be compiled, found ${gibibytes(memory)}`;
  onNotice?.(`${found}; paths run one by one, uncompiled: slower; a smaller batchSize or fewer channels would fit`);
  return false;
}

async function* tellHalves(
  subject: SearchSubject,
  halves: { readonly training: Half; readonly judging: Half },
): AsyncGenerator<SearchMessage> {
  const sizes = { training: halves.training.positions.length, judging: halves.judging.positions.length };
  yield { kind: 'subject', subject, sizes };
  for (const half of ['training', 'judging'] as const) {
    const { split, positions } = halves[half];
    for (let start = 0; start < positions.length; start += block) {
      yield { kind: 'examples', half, start, examples: await split.read(positions.slice(start, start + block)) };
    }
  }
}
