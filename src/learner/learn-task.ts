import type { LearnEvent } from '../core/events.js';
import type { Task } from '../core/task.js';
import { accuracyRow } from './accuracy-row.js';
import { recordTask } from './record.js';
import { learnContext, type RunContext } from './run-context.js';
import { train } from './train.js';

/** Learns one task: trains the strategy, evaluates it on every task so far, and records both. The last event says that it is on disk. */
export async function* learnTask(run: RunContext, task: Task): AsyncGenerator<LearnEvent> {
  const { recorder, strategy } = run;
  const seconds = taskClock(run);
  const { id, index, name, train: examples, validation, test } = task;
  const sizes = { train: examples.size, validation: validation.size, test: test.size };
  yield* recorder.emit([{ type: 'task-started', task: index, id, name, ...sizes }]);
  const features = await run.features(task);
  const keysBefore = new Map(recorder.record.tasks.map((known) => [known.id, strategy.predictionKey(known)]));
  const outcome = yield* train(run, task, learnContext(run, features));
  const row = yield* accuracyRow(run, task, keysBefore, outcome.epochs);
  yield* recordTask(run, task, { features, outcome, row, seconds: seconds() });
}

/** Starts to count the time spent on a task, in the run's stage too; with what an earlier process spent on it before it was interrupted. */
function taskClock({ recorder, stage }: RunContext): () => number {
  const started = performance.now();
  const before = recorder.record.tasks.reduce((sum, learned) => sum + learned.seconds, 0);
  const interrupted = Math.max(0, recorder.record.seconds - before);
  const seconds = () => interrupted + (performance.now() - started) / 1000;
  stage.seconds = () => before + seconds();
  return seconds;
}
