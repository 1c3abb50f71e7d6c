import { from, type Observable } from 'rxjs';
import { openRunStore, readRun, readSnapshot } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import type { ExpertSummary } from '../core/expert.js';
import type { FeatureExtractor } from '../core/features.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import type { ClassName } from '../core/task.js';
import type { Report } from '../report/schema.js';
import { readReport } from '../report/summary.js';
import { strategyNamed } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';
import { arrayStream, type UserTasks } from '../streams/array-task.js';
import { checkExtractor } from './check-extractor.js';
import { findTasks } from './find-task.js';
import type { Identification } from './identify.js';
import { currentEnvironment, defer, extractorChoice, type ExtractorChoice, type LearnOptions } from './learn.js';
import { createLedger } from './ledger.js';
import { runPipeline } from './pipeline.js';
import { pull } from './pull.js';
import { continues, describeStream, rememberedStream } from './stream-source.js';

/** How a run is gone on with. */
export type ResumeOptions = Pick<LearnOptions, 'signal' | 'saveEvery' | 'keep' | 'features' | 'workers' | 'onNotice'>;

/** What a model says of one example. */
export interface Prediction {
  readonly class: ClassName;
  /** Of the predicted class, by softmax over the task's classes. */
  readonly probability: number;
  /** Of all classes of the task, in their order. */
  readonly probabilities: readonly number[];
}

/** A run folder opened for use. */
export interface Run {
  readonly path: string;
  /** As it was when opened. */
  readonly record: RunRecord;
  /**
   * Goes on where the run stopped, to the same result as if it had not; a finished run learns what the stream has beyond it.
   *
   * @param source needed for a run over tasks made by a program: tasks that the run knows serve to evaluate, the others are learned
   */
  resume(source?: TaskStream | UserTasks, options?: ResumeOptions): Observable<LearnEvent>;
  /** Classifies raw inputs `[n, ...task.inputShape]` by a learned task's head. @throws LifelongError `usage` for an unknown task */
  predict(inputs: Float32Array, options: { readonly task: string }): Promise<Prediction[]>;
  /**
   * Finds the task of raw inputs `[n, ...inputShape]` by the nearest class prototype, or says why it cannot be told.
   *
   * @param options features: the extractor that the run was made with, where that is not known by its name
   * @throws LifelongError `usage` where the strategy keeps no prototypes, or tasks differ in the shape of their inputs
   */
  identify(inputs: Float32Array, options?: { readonly features?: string | FeatureExtractor }): Promise<Identification[]>;
  experts(): readonly ExpertSummary[];
  report(): Promise<Report>;
  close(): void;
}

/**
 * Opens a run folder; nothing is locked until it resumes.
 *
 * @throws LifelongError `run-missing`, `run-corrupt`, `run-version`
 * @example
 * const run = await openRun('checkpoints/demo');
 * const [first] = await run.predict(image, { task: '0' });
 */
export async function openRun(path: string): Promise<Run> {
  const record = await readRun(path);
  let restored: Promise<Strategy> | undefined;
  const strategy = () => (restored ??= restoreStrategy(path, record));
  return {
    path,
    record,
    resume: (source, options = {}) => from(defer(() => resume(path, source, options))),
    async predict(inputs, { task: id }) {
      const ref = record.tasks.find((task) => task.id === id);
      if (!ref) {
        throw new LifelongError(
          'usage',
          `task "${id}" is not in ${path}: one of ${record.tasks.map((task) => task.id).join(', ') || '(none)'} expected`,
        );
      }
      const count = inputs.length / ref.inputShape.reduce((product, side) => product * side, 1);
      if (!Number.isInteger(count)) {
        throw new LifelongError(
          'data',
          `task ${id}: inputs of shape [n,${ref.inputShape.join()}] expected, found ${inputs.length} numbers`,
        );
      }
      const { classes, logits } = await (await strategy()).predict(ref, { inputs, shape: ref.inputShape, labels: new Int32Array(count) });
      return Array.from({ length: count }, (_, i) => describe(logits.subarray(i * classes, (i + 1) * classes), ref.classes));
    },
    identify: async (inputs, { features } = {}) => findTasks(inputs, path, record, await strategy(), features),
    experts: () => record.experts,
    report: () => readReport(path),
    close() {
      void restored?.then((opened) => opened.dispose());
      restored = undefined;
    },
  };
}

function describe(logits: Float32Array, classes: readonly ClassName[]): Prediction {
  const largest = logits.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = Array.from(logits, (value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  const best = logits.indexOf(largest);
  const probabilities = powers.map((value) => value / total);
  return { class: classes[best] ?? best, probability: probabilities[best] ?? 0, probabilities };
}

/** The run's strategy as it was saved last; the caller disposes it. */
export async function restoreStrategy(path: string, record: RunRecord): Promise<Strategy> {
  const strategy = await strategyNamed(record.strategy.name).create(record.strategy.options);
  await strategy.restore(await readSnapshot(path));
  return strategy;
}

async function* resume(path: string, source: TaskStream | UserTasks | undefined, options: ResumeOptions): AsyncGenerator<LearnEvent> {
  const { onNotice, keep, signal, workers } = options;
  const store = await openRunStore(path, { ...(onNotice && { notice: onNotice }), ...(keep !== undefined && { keep }) });
  const { record } = store;
  const environment = currentEnvironment();
  for (const part of ['backend', 'threads'] as const) {
    if (record.environment[part] === environment[part]) continue;
    onNotice?.(
      `${path} was made with ${part} ${record.environment[part]}, now ${environment[part]}: numbers may differ in the last digits`,
    );
  }
  const { name, options: settings } = record.strategy;
  let strategy: Strategy | undefined;
  let chosen: ExtractorChoice | undefined;
  try {
    chosen = await extractorChoice(options.features ?? (record.features.name === 'auto' ? undefined : record.features.name));
    const features = asRecorded(chosen, record);
    const stream = await streamFor(record, path, source, onNotice);
    strategy = await strategyNamed(name).create(settings);
    if (Object.keys(record.state).length > 0) await strategy.restore(await store.load());
    const limit = record.limit !== null && record.tasks.length < record.limit ? record.limit : Infinity;
    const { tasks: size, ...described } = describeStream(stream);
    const grown = { ...record, stream: { ...record.stream, ...(source === undefined && described), tasks: size } };
    const ledger = createLedger(grown, store, options.saveEvery);
    const tasks = pull(stream.tasks(), signal);
    yield* runPipeline({ tasks, strategy, seed: record.seed, features, ledger, limit, signal, onNotice, workers });
  } finally {
    strategy?.dispose();
    chosen?.dispose();
    await store.close();
  }
}

/** The chosen extractor, unless it is another one than the learned tasks were measured with. */
function asRecorded({ features }: ExtractorChoice, { features: expected }: RunRecord): ExtractorChoice['features'] {
  return async (task) => {
    const found = await features(task);
    checkExtractor(found, expected, 'resume with the same weights, or start a new run');
    return found;
  };
}

async function streamFor(
  record: RunRecord,
  path: string,
  source: TaskStream | UserTasks | undefined,
  onNotice: ((notice: string) => void) | undefined,
): Promise<TaskStream> {
  if (source !== undefined) return 'fingerprint' in source ? source : arrayStream(source);
  const stream = await rememberedStream(record, path, onNotice);
  if (!continues(stream, record)) {
    throw new LifelongError(
      'data',
      `stream ${record.stream.name} has changed since ${path} was started: fingerprint ${record.stream.fingerprint} expected, found ${stream.fingerprint}`,
      'restore the data as they were, or start a new run',
    );
  }
  return stream;
}
