import type { LearnEvent } from '../core/events.js';
import { runFileName } from '../checkpoint/run-folder.js';
import type { FeatureExtractor } from '../core/features.js';
import { recordedExtractor } from '../core/recorded-extractor.js';
import { expertSummarySchema, taskRecordSchema } from '../core/run-record.js';
import { taskRef, type Task } from '../core/task.js';
import type { TaskOutcome } from '../strategies/strategy.js';
import type { AccuracyRow } from './accuracy-row.js';
import { peakRssBytes } from './process-memory.js';
import { stageOf, type RunContext } from './run-context.js';

/** What is to be recorded of a task. */
export interface LearnedTask {
  readonly features: FeatureExtractor;
  readonly outcome: TaskOutcome;
  readonly row: AccuracyRow;
  readonly seconds: number;
}

/** Adds a learned and evaluated task to the run's record, saves it with the strategy, and then says that it is learned. */
export async function* recordTask(
  run: RunContext,
  task: Task,
  { features, outcome, row, seconds }: LearnedTask,
): AsyncGenerator<LearnEvent> {
  const { recorder, strategy, stage } = run;
  const record = taskRecordSchema.parse({
    ...taskRef(task),
    ...(task.scale !== undefined && { scale: task.scale }),
    ...(task.reading && { reading: task.reading }),
    ...(task.changes && { changes: task.changes }),
    train: task.train.size,
    validation: task.validation.size,
    test: task.test.size,
    ...outcome,
    seconds,
    calibration: row.learned?.calibration ?? null,
    classRecall: row.learned?.classRecall ?? null,
  });
  const save = async () => {
    const {
      tasks,
      accuracy,
      classIncremental = [],
      features: { used },
    } = recorder.record;
    const { domain, shape } = task.input;
    await recorder.save(
      {
        status: 'running',
        seconds: tasks.reduce((sum, learned) => sum + learned.seconds, 0) + seconds,
        features: { ...recorder.record.features, used: { ...used, [domain]: recordedExtractor(features, shape) } },
        tasks: [...tasks, record],
        experts: expertSummarySchema.array().parse(strategy.experts()),
        accuracy: [...accuracy, [...row.accuracy]],
        ...(strategy.predictAll && { classIncremental: [...classIncremental, [...row.classIncremental]] }),
        ...stageOf(run),
        peakRssBytes: peakRssBytes(),
      },
      strategy,
    );
    stage.seconds = () => recorder.record.seconds;
  };
  const learned: LearnEvent = { type: 'task-learned', task: task.index, record };
  const saved: LearnEvent[] = recorder.path === null ? [] : [{ type: 'checkpoint-saved', task: task.index, path: runFileName }];
  yield* recorder.emit([learned, ...saved], save);
}
