import type { AccuracyTracked, LearnEvent } from '../core/events.js';
import type { Task } from '../core/task.js';
import { announcements, type LearnContext, type TaskOutcome } from '../strategies/strategy.js';
import { stageOf, type RunContext } from './run-context.js';
import { stopIfAborted } from './stoppable.js';
import { trackAccuracy, trackedEpoch } from './track.js';

/**
 * Lets the strategy learn a task, with accuracy measured on the way where the run tracks it, and saves between two of its events. An event is
 * handed out after the save that follows it.
 *
 * @throws LifelongError `interrupted` at the next safe point after the signal is aborted, and what the strategy throws
 */
export async function* train(run: RunContext, task: Task, context: LearnContext): AsyncGenerator<LearnEvent, TaskOutcome> {
  const { recorder, strategy, stage, signal } = run;
  const track = async (): Promise<readonly AccuracyTracked[]> => {
    const { tracking } = stage;
    if (!tracking?.pending) return [];
    const tracked = await trackAccuracy(strategy, task, context, tracking, tracking.pending, recorder.record.tasks);
    stage.tracking = { ...tracking, pending: null };
    return tracked;
  };
  const save = () => recorder.save({ seconds: stage.seconds(), ...stageOf(run) }, strategy);

  const learning = strategy.learn(task, context);
  stage.learning = task;
  let ended = false;
  try {
    yield* recorder.emit(await track()); // what an interrupt left to be measured
    for (;;) {
      const step = await learning.next();
      if (step.done) {
        ended = true;
        stage.learning = null;
        return step.value;
      }
      const event = step.value;
      stage.tracking = stage.tracking && { ...stage.tracking, pending: trackedEpoch(event, stage.tracking) };
      let tracked: readonly AccuracyTracked[];
      try {
        tracked = await track();
      } catch (error) {
        yield* recorder.emit([event]); // the epoch was trained all the same, and is saved
        throw error;
      }
      yield* recorder.emit([event, ...tracked], recorder.due(event) ? save : undefined);
      if (!announcements.has(event.type)) stopIfAborted(signal, `while learning task ${task.id}`);
    }
  } finally {
    if (!ended) await learning.return(undefined as never);
  }
}
