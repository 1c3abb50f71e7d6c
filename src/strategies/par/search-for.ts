import { LifelongError } from '../../core/errors.js';
import { random } from '../../core/random.js';
import { taskRef, type Task } from '../../core/task.js';
import type { StepCache } from '../../nn/step-cache.js';
import { createSearch, type Search, type SearchProgress } from '../../search/search.js';
import { startWorkers } from '../../search/workers.js';
import type { LearnContext } from '../strategy.js';
import type { ArchitectureSearch } from './architecture-search.js';
import type { ParOptions } from './options.js';
import type { SearchMessage } from './search-messages.js';
import { searchPurpose, searchSetting, type Half, type SearchSubject } from './search-setting.js';

/** Examples sent to a worker process at once. */
const block = 4096;

/**
 * The search for a task's architecture: its training data in two random halves, one to train paths on, one to judge them by. Whoever asks for it
 * closes it.
 */
export function searchFor(
  task: Task,
  options: ParOptions,
  steps: StepCache,
  context: LearnContext,
  resumed?: SearchProgress,
): Search & ArchitectureSearch {
  const { seed, signal, onNotice } = context;
  const { samples, searchRound: round, searchRate, learningRate, channels, cells } = options;
  const order = random(seed, ...searchPurpose(task), 'halves').permutation(task.train.size);
  const half = Math.max(1, order.length >> 1);
  const training = { split: task.train, positions: order.subarray(0, half) };
  const judging = { split: task.train, positions: order.length > 1 ? order.subarray(half) : order };
  const subject = { task: { ...taskRef(task), augment: task.augment }, options, train: task.train.size, seed };
  const count = workersFor(context, round);
  const owner = `task ${task.id}`;
  const preparation = () => tellHalves(subject, { training, judging });
  const entry = new URL('../../cli/search-worker.js', import.meta.url);
  const search = createSearch(
    {
      ...searchSetting(subject, training, judging, steps, signal),
      ...{ samples, round, searchRate, learningRate, seed },
      purpose: searchPurpose(task),
      startWorkers: count > 0 ? () => startWorkers({ count, entry, preparation, owner, signal, onNotice }) : undefined,
    },
    resumed,
  );
  return { ...search, architecture: () => ({ kind: 'cells', genotype: search.genotype(), channels, cells }) };
}

/** How many worker processes a search in such rounds has use for. */
function workersFor({ workers = 0, onNotice }: LearnContext, round: number): number {
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
