import type { Observable } from 'rxjs';
import { readRun } from '../checkpoint/store.js';
import type { LearnEvent } from '../core/events.js';
import type { ExpertSummary } from '../core/expert.js';
import type { FeatureExtractor } from '../core/features.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import type { UserInputs } from '../data/user-inputs.js';
import { resume, type ResumeOptions } from '../learner/resume.js';
import type { Report } from '../report/schema.js';
import { readReport } from '../report/summary.js';
import type { StrategyPlugin } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';
import type { UserTasks } from '../streams/array-task.js';
import { findTasks, recordedFinder } from './find-task.js';
import type { Identification } from '../difficulty/identify.js';
import { classify, predict, type Classification, type Prediction } from './predict.js';
import { restoreStrategy } from './restore.js';
import { unknownTaskAlarm, usuallyFar, type UnknownTaskAlarm } from './unknown-task-alarm.js';

export interface OpenOptions {
  /** Strategies besides the built-in ones: that of the run, where a program made it. */
  readonly strategies?: readonly StrategyPlugin[];
  /** The extractor that the run was made with, for a strategy that answers from features, where that is not known by its name. */
  readonly features?: FeatureExtractor;
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
  /**
   * Classifies raw inputs by a learned task's head.
   *
   * @param inputs as {@link arrayStream} takes them: one row for each example, or one flat array `[n, ...task.input.shape]`; bytes are value / 255
   * @throws LifelongError `usage` for an unknown task, `data` for inputs of another length or a value that is not finite
   */
  predict(inputs: UserInputs, options: { readonly task: string }): Promise<Prediction[]>;
  /**
   * Classifies raw inputs, as `predict` takes them, among the classes of all tasks.
   *
   * @throws LifelongError `usage` for a strategy that needs the task; `data` as `predict`
   */
  classify(inputs: UserInputs): Promise<Classification>;
  /**
   * Finds the task of raw inputs, as `predict` takes them, by the nearest class prototype or in the way that the run was made with, or says why it cannot be told.
   *
   * @param options features: the extractor that the run was made with, where that is not known by its name
   * @throws LifelongError `usage` where the strategy keeps no prototypes, or tasks differ in the shape of their inputs; `data` as `predict`
   */
  identify(inputs: UserInputs, options?: { readonly features?: string | FeatureExtractor }): Promise<Identification[]>;
  /**
   * Whether inputs that {@link identify} looked at are, taken together, of none of the tasks that the run knows.
   *
   * @throws LifelongError `usage` as `identify`
   */
  alarm(identified: readonly Identification[]): Promise<UnknownTaskAlarm | null>;
  experts(): readonly ExpertSummary[];
  report(): Promise<Report>;
  close(): void;
}

/**
 * Opens a run folder; nothing is locked until it resumes.
 *
 * @throws LifelongError `run-missing`, `run-corrupt`, `run-version`; what needs the strategy throws `usage` where that is not known
 * @example
 * const run = await openRun('checkpoints/demo');
 * const [first] = await run.predict(image, { task: '0' });
 */
export async function openRun(path: string, { strategies = [], features: own }: OpenOptions = {}): Promise<Run> {
  const record = await readRun(path);
  let restored: Promise<Strategy> | undefined;
  const restore = async () => {
    const strategy = await restoreStrategy(path, record, strategies);
    if (own) strategy.useFeatures?.(own);
    return strategy;
  };
  const strategy = () => (restored ??= restore());
  return {
    path,
    record,
    resume: (source, options) => resume(path, source, { ...options, strategies }),
    predict: async (inputs, { task }) => predict(inputs, task, path, record, strategy),
    classify: async (inputs) => classify(inputs, path, record, await strategy()),
    identify: async (inputs, { features } = {}) => findTasks(inputs, path, record, await strategy(), features),
    alarm: async (identified) => unknownTaskAlarm(identified, usuallyFar(recordedFinder(path, record, await strategy()))),
    experts: () => record.experts,
    report: () => readReport(path),
    close() {
      void restored?.then(
        (opened) => opened.dispose(),
        () => undefined, // who asked for it was told
      );
      restored = undefined;
    },
  };
}
