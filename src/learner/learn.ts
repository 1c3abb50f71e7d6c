import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { version as nodeVersion } from 'node:process';
import { from, type Observable } from 'rxjs';
import { createRun, type RunStore } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import type { FeatureExtractor } from '../core/features.js';
import { runVersion, type RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import type { Task } from '../core/task.js';
import { cachedFeatures, featureFolder } from '../features/cache.js';
import { loadExtractor } from '../features/registry.js';
import { backend } from '../nn/backend.js';
import type { Strategy } from '../strategies/strategy.js';
import { arrayStream, type UserTasks } from '../streams/array-task.js';
import { createLedger } from './ledger.js';
import { runPipeline } from './pipeline.js';
import { pull } from './pull.js';
import { describeStream, rememberedSource } from './stream-source.js';
import { trackingEvery } from './track.js';

/** How a stream is learned. */
export interface LearnOptions {
  /** Folder to keep the run in; without it nothing is written. */
  readonly run?: string;
  /** Rules initial weights, shuffles and search samples. Default: the stream's seed, or 0. */
  readonly seed?: number;
  /** Learn at most so many tasks. */
  readonly tasks?: number;
  /** A feature extractor, or the name or path of one. Default: the stream's, or `pixels` for images and `vector` for vectors. */
  readonly features?: string | FeatureExtractor;
  /** Replace a run that is in the folder. */
  readonly force?: boolean;
  /** Stops at the next batch when aborted; what was learned is saved. */
  readonly signal?: AbortSignal;
  /** Save in the middle of a task after every so many epochs and search samples. Default: as often as leaves all saving below 2.5 % of the time. */
  readonly saveEvery?: number;
  /**
   * Measure accuracy during training too: after every so many epochs of a task, on it and on the earlier tasks that its training can change, with
   * the weights of the moment and at most 500 test examples of each. It changes nothing that is learned, and a resumed run goes on with it.
   * Default 0: only after each task.
   */
  readonly evalEvery?: number;
  /** For how many of the latest tasks the state after learning them is kept, to go back there. Default 2. */
  readonly keep?: number;
  /**
   * Processes that train the paths of an architecture search beside each other, in rounds of the option `searchRound`; 0 unless given. They change
   * no result, and a resumed run may have others.
   */
  readonly workers?: number;
  /** Told what a user should know though it stops nothing. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * Learns a stream of tasks. Nothing happens before somebody subscribes; every subscription is a run of its own.
 *
 * Events come after what they tell is done: `task-learned` means that the task is learned and on disk. Unsubscribing or aborting the signal
 * stops at the next safe point. An observer that throws does not stop learning; RxJS reports its error.
 *
 * @param source a stream, or tasks as typed arrays (see {@link UserTasks}) in an array, iterable, async iterable or Observable, possibly endless
 * @param strategy a fresh strategy; it can predict afterwards, and whoever made it disposes it
 * @returns events; errors are LifelongErrors: `run-exists`, `run-locked`, `data`, `storage`, `diverged`, `interrupted`
 * @example
 * learn(await loadStream('split-mnist'), par({ channels: 8, epochs: 3, samples: 4 }), { run: 'checkpoints/demo' }).subscribe(console.log);
 */
export function learn(source: TaskStream | UserTasks, strategy: Strategy, options: LearnOptions = {}): Observable<LearnEvent> {
  return from(defer(() => start('fingerprint' in source ? source : arrayStream(source), strategy, options)));
}

/** An async iterable that starts anew for each reader. */
export const defer = <T>(create: () => AsyncGenerator<T>): AsyncIterable<T> => ({ [Symbol.asyncIterator]: create });

async function* start(stream: TaskStream, strategy: Strategy, options: LearnOptions): AsyncGenerator<LearnEvent> {
  const { run, force = false, keep, signal } = options;
  const tasks = pull(stream.tasks(), signal); // before anything is waited for: a hot Observable may emit at once
  let chosen: ExtractorChoice | undefined;
  let store: RunStore | null = null;
  try {
    chosen = await extractorChoice(options.features ?? stream.features); // before there is a folder that a wrong name would leave
    const initial = await initialRecord(stream, strategy, options);
    if (run !== undefined) store = await createRun(run, initial, { force, ...(keep !== undefined && { keep }) });
    const ledger = createLedger(initial, store, options.saveEvery);
    const limit = options.tasks ?? Infinity;
    const { features } = chosen;
    yield* runPipeline({
      tasks,
      strategy,
      seed: initial.seed,
      features,
      ledger,
      limit,
      signal,
      onNotice: options.onNotice,
      workers: options.workers,
    });
  } finally {
    await tasks.return();
    chosen?.dispose();
    await store?.close();
  }
}

/** The extractor of a run; where none was asked for, the inputs of the first task choose it. */
export interface ExtractorChoice {
  readonly features: (task: Task) => Promise<FeatureExtractor>;
  readonly dispose: () => void;
}

/** Loads the extractor that is asked for. @throws LifelongError `config` or `data` as {@link loadExtractor} */
export async function extractorChoice(requested: string | FeatureExtractor | undefined): Promise<ExtractorChoice> {
  let loaded = typeof requested === 'string' ? remembering(await loadExtractor(requested)) : requested;
  return {
    features: async (task) => (loaded ??= await loadExtractor(task.inputShape.length === 1 ? 'vector' : 'pixels')),
    dispose() {
      if (typeof requested !== 'object') loaded?.dispose();
    },
  };
}

/** Features that weights were needed for are kept on disk for other runs and strategies; the rest is computed faster than read. */
function remembering(extractor: FeatureExtractor): FeatureExtractor {
  return extractor.sha256 === null ? extractor : cachedFeatures(extractor, featureFolder);
}

async function initialRecord(stream: TaskStream, strategy: Strategy, options: LearnOptions): Promise<RunRecord> {
  const { run, seed = stream.seed ?? 0, tasks: limit = null, features = stream.features ?? 'auto', evalEvery = 0 } = options;
  if (!Number.isSafeInteger(evalEvery) || evalEvery < 0) {
    throw new LifelongError('usage', `evalEvery: a whole number of epochs, 0 or more, expected, found ${evalEvery}`);
  }
  const tracking = trackingEvery(evalEvery);
  const { source } = stream;
  return {
    version: runVersion,
    created: new Date().toISOString(),
    status: 'running',
    seconds: 0,
    stream: {
      ...describeStream(stream),
      source: source !== undefined && run !== undefined ? await rememberedSource(source, run) : null,
    },
    strategy: { name: strategy.name, options: strategy.options as RunRecord['strategy']['options'] },
    seed,
    limit,
    features: { name: typeof features === 'string' ? features : features.name, sha256: null, size: null },
    environment: currentEnvironment(),
    tasks: [],
    experts: [],
    accuracy: [],
    ...(tracking && { tracking }),
    peakRssBytes: null,
    state: {},
    files: {},
    failure: null,
  };
}

/** What a run's numbers may depend on besides its options. */
export function currentEnvironment(): RunRecord['environment'] {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  return {
    lifelong: version,
    node: nodeVersion,
    backend: `TensorFlow ${backend.binding.TF_Version}`,
    threads: String(availableParallelism()),
  };
}
