import { LifelongError } from '../core/errors.js';
import type { AccuracyTracked, LearnEvent } from '../core/events.js';
import type { FeatureExtractor } from '../core/features.js';
import { expertSummarySchema, taskRecordSchema, type RunRecord, type TaskRecord } from '../core/run-record.js';
import { taskRef, type Task } from '../core/task.js';
import { announcements, type LearnContext, type Strategy, type TaskOutcome } from '../strategies/strategy.js';
import { evaluate, type Evaluation } from './evaluate.js';
import type { Ledger } from './ledger.js';
import { peakRssBytes } from './process-memory.js';
import { stopIfAborted, stoppable } from './stoppable.js';
import { trackAccuracy, trackedEpoch, trackedPositions, type Tracking } from './track.js';

/** What one run works with. */
export interface Pipeline {
  readonly tasks: AsyncIterable<Task>;
  readonly strategy: Strategy;
  readonly seed: number;
  /** Chosen when the first task shows what its inputs are. */
  readonly features: (task: Task) => Promise<FeatureExtractor>;
  readonly ledger: Ledger;
  /** Tasks to learn at most. */
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
  readonly onNotice: ((notice: string) => void) | undefined;
  readonly workers: number | undefined;
}

/**
 * Learns the tasks one after another: straight code from task to task; a finished run without new tasks is left untouched. A task is asked for only after the one before it is learned, evaluated
 * and on disk. Tasks that the run already knows serve to evaluate; two tasks of one id in a stream are an error.
 */
export async function* runPipeline(pipeline: Pipeline): AsyncGenerator<LearnEvent> {
  const { ledger, strategy, signal } = pipeline;
  const handles = new Map<string, Task>();
  const { stream, seed } = ledger.record;
  const first: LearnEvent = {
    type: 'run-started',
    stream: stream.name,
    strategy: strategy.name,
    seed,
    tasks: stream.tasks,
    learned: ledger.record.tasks.length,
  };
  yield first;
  let begun = false;
  const stage: Stage = { learning: false, seconds: () => ledger.record.seconds, tracking: ledger.record.tracking };
  try {
    for await (const given of pipeline.tasks) {
      const known = ledger.record.tasks.find(({ id }) => id === given.id);
      checkTask(given, handles, known);
      const task = stoppable({ ...given, index: known?.index ?? ledger.record.tasks.length }, signal);
      handles.set(task.id, task);
      if (known) continue;
      if (!begun) {
        await ledger.save({ status: 'running', failure: null, stream: ledger.record.stream });
        await ledger.append(first);
      }
      begun = true;
      yield* learnTask(pipeline, task, handles, stage);
      if (ledger.record.tasks.length >= pipeline.limit) break;
      stopIfAborted(signal, `after task ${task.id}`);
    }
    if (ledger.record.tasks.length === 0) throw new LifelongError('data', `stream ${stream.name} has no tasks: at least one expected`);
    const finished = !begun && ledger.record.status === 'complete';
    const last: LearnEvent = { type: 'run-finished', tasks: ledger.record.tasks.length, seconds: ledger.record.seconds };
    if (!finished) {
      await ledger.append(last);
      await ledger.save({ status: 'complete', failure: null });
    }
    yield last;
  } catch (error) {
    if (begun || ledger.record.status !== 'complete') await keepWhatIsThere(pipeline, error, stage);
    throw error;
  }
}

async function* learnTask(pipeline: Pipeline, task: Task, handles: ReadonlyMap<string, Task>, stage: Stage): AsyncGenerator<LearnEvent> {
  const { ledger, strategy, seed, signal, onNotice, workers } = pipeline;
  const started = performance.now();
  const before = ledger.record.tasks.reduce((sum, learned) => sum + learned.seconds, 0);
  const interrupted = Math.max(0, ledger.record.seconds - before); // spent on this task in an earlier process
  const taskSeconds = () => interrupted + (performance.now() - started) / 1000;
  stage.seconds = () => before + taskSeconds();
  const sizes = { train: task.train.size, validation: task.validation.size, test: task.test.size };
  const begun: LearnEvent = { type: 'task-started', task: task.index, id: task.id, name: task.name, ...sizes };
  await ledger.append(begun);
  yield begun;

  const features = await pipeline.features(task);
  const known = (id: string) => handles.get(id);
  const context: LearnContext = {
    ...{ seed, features, known },
    ...(signal && { signal }),
    ...(onNotice && { onNotice }),
    ...(workers !== undefined && { workers }),
  };
  const track = async (): Promise<readonly AccuracyTracked[]> => {
    const { tracking } = stage;
    if (!tracking?.pending) return [];
    const tracked = await trackAccuracy(strategy, task, context, tracking, tracking.pending, ledger.record.tasks);
    for (const event of tracked) await ledger.append(event);
    stage.tracking = { ...tracking, pending: null };
    return tracked;
  };
  const keys = new Map(ledger.record.tasks.map((known) => [known.id, strategy.predictionKey(known)]));
  const learning = strategy.learn(task, context);
  let outcome: TaskOutcome | undefined;
  stage.learning = true;
  try {
    yield* await track();
    for (let step = await learning.next(); ; step = await learning.next()) {
      if (step.done) {
        outcome = step.value;
        stage.learning = false;
        break;
      }
      await ledger.append(step.value);
      stage.tracking = stage.tracking && { ...stage.tracking, pending: trackedEpoch(step.value, stage.tracking) };
      let tracked: readonly AccuracyTracked[];
      try {
        tracked = await track();
      } catch (error) {
        yield step.value; // it is in the log
        throw error;
      }
      if (ledger.due(step.value)) await ledger.save({ seconds: stage.seconds(), ...trackingOf(stage) }, strategy);
      yield step.value;
      yield* tracked;
      if (!announcements.has(step.value.type)) stopIfAborted(signal, `while learning task ${task.id}`);
    }
  } finally {
    if (!outcome) await learning.return(undefined as never);
  }

  const row: (number | null)[] = [];
  const unmasked: (number | null)[] = [];
  const seen = [...ledger.record.tasks, task];
  let measured: Evaluation | undefined;
  for (const on of seen) {
    const previous = ledger.record.accuracy.at(-1)?.[on.index];
    const handle = handles.get(on.id);
    const unchanged = keys.get(on.id) === strategy.predictionKey(on) && previous !== undefined && previous !== null;
    const part = handle && stage.tracking ? trackedPositions(handle, seed, stage.tracking) : undefined;
    const evaluation = !unchanged && handle ? await evaluate(strategy, handle, seen, signal, part) : undefined;
    const accuracy = unchanged ? previous : (evaluation?.accuracy ?? null);
    row.push(accuracy);
    unmasked.push(evaluation?.classIncremental ?? null);
    measured = evaluation;
    const event: LearnEvent = { type: 'task-evaluated', task: task.index, on: on.index, accuracy, measured: evaluation !== undefined };
    await ledger.append(event);
    yield event;
    if (!stage.tracking || !strategy.midway || unchanged) continue;
    const kept = { phase: 'kept', epoch: outcome.epochs, on: on.index, accuracy: evaluation?.part ?? null } as const;
    const tracked: LearnEvent = { type: 'accuracy-tracked', task: task.index, ...kept };
    await ledger.append(tracked);
    yield tracked;
  }

  const record = taskRecordSchema.parse({
    ...taskRef(task),
    ...sizes,
    ...outcome,
    seconds: taskSeconds(),
    calibration: measured?.calibration ?? null,
    classRecall: measured?.classRecall ?? null,
  });
  const learned: LearnEvent = { type: 'task-learned', task: task.index, record };
  const saved: LearnEvent = { type: 'checkpoint-saved', task: task.index, path: ledger.path ?? '' };
  await ledger.append(learned);
  if (ledger.path !== null) await ledger.append(saved);
  const { tasks, accuracy, classIncremental = [] } = ledger.record;
  await ledger.save(
    {
      status: 'running',
      seconds: before + record.seconds,
      features: { name: features.name, sha256: features.sha256, size: features.size(task.inputShape) },
      tasks: [...tasks, record],
      experts: expertSummarySchema.array().parse(strategy.experts()),
      accuracy: [...accuracy, row],
      ...(strategy.predictAll && { classIncremental: [...classIncremental, unmasked] }),
      ...trackingOf(stage),
      peakRssBytes: peakRssBytes(),
    },
    strategy,
  );
  stage.seconds = () => ledger.record.seconds;
  yield learned;
  if (ledger.path !== null) yield saved;
}

function checkTask(task: Task, handles: ReadonlyMap<string, Task>, known: TaskRecord | undefined): void {
  if (handles.has(task.id)) {
    throw new LifelongError('data', `task id "${task.id}" occurs twice in the stream`, 'give every task its own id; a repeated task too');
  }
  if (known && known.classes.join('\0') !== task.classes.join('\0')) {
    throw new LifelongError(
      'data',
      `task ${task.id}: classes ${known.classes.join(', ')} expected, as it was learned, found ${task.classes.join(', ')}`,
      'resume with the stream that the run was started with, or start a new run',
    );
  }
}

/** Where the run stands. */
interface Stage {
  /** Whether the strategy is in the middle of a task: only then does its state fit the record. */
  learning: boolean;
  /** Time spent on tasks, the one under way included; waiting for a task is not counted. */
  seconds: () => number;
  /** Accuracy during training, where it is measured, with the epoch that is still to be measured. */
  tracking: Tracking | undefined;
}

/** What a save keeps of accuracy during training. */
const trackingOf = ({ tracking }: Stage): Partial<RunRecord> => (tracking ? { tracking } : {});

/**
 * A task that stops while it is learned is kept as far as it came; one that stops later goes back to its last saved state and is finished by
 * `resume` all the same. After a failure that is none of ours nothing but the failure is noted.
 */
async function keepWhatIsThere({ ledger, strategy }: Pipeline, error: unknown, stage: Stage): Promise<void> {
  const ours = error instanceof LifelongError;
  if (ours && error.code === 'storage') return;
  const seconds = stage.seconds();
  const change: Partial<RunRecord> =
    ours && error.code === 'interrupted'
      ? { status: 'interrupted', seconds }
      : { status: 'failed', seconds, failure: error instanceof Error ? error.message : String(error) };
  if (ours && stage.learning) await ledger.save({ ...change, ...trackingOf(stage) }, strategy);
  else await ledger.note(change);
}
