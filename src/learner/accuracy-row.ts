import type { LearnEvent } from '../core/events.js';
import type { Task } from '../core/task.js';
import { evaluate, type Evaluation } from './evaluate.js';
import type { RunContext } from './run-context.js';
import { trackedPositions } from './track.js';

/** How the run does on every task so far, in order of learning; null where a task was not evaluated. */
export interface AccuracyRow {
  readonly accuracy: readonly (number | null)[];
  readonly classIncremental: readonly (number | null)[];
  /** On the test split of the task that was just learned. */
  readonly learned: Evaluation | undefined;
}

/**
 * The row of the accuracy matrix after a task. A task whose predictions did not change keeps its accuracy; one whose data the stream has not
 * given has none.
 *
 * @param keysBefore the earlier tasks' prediction keys (see Strategy) before this task was learned
 * @param epochs that learning the task took
 */
export async function* accuracyRow(
  run: RunContext,
  task: Task,
  keysBefore: ReadonlyMap<string, string>,
  epochs: number,
): AsyncGenerator<LearnEvent, AccuracyRow> {
  const { recorder, strategy, given, signal, seed, stage } = run;
  const accuracies: (number | null)[] = [];
  const classIncremental: (number | null)[] = [];
  let learned: Evaluation | undefined;
  const seen = [...recorder.record.tasks, task];
  for (const on of seen) {
    const previous = recorder.record.accuracy.at(-1)?.[on.index];
    const data = given.get(on.id);
    const unchanged = keysBefore.get(on.id) === strategy.predictionKey(on) && previous !== undefined && previous !== null;
    const part = data && stage.tracking ? trackedPositions(data, seed, stage.tracking) : undefined;
    const evaluation = !unchanged && data ? await evaluate(strategy, data, seen, signal, part) : undefined;
    const accuracy = unchanged ? previous : (evaluation?.accuracy ?? null);
    accuracies.push(accuracy);
    classIncremental.push(evaluation?.classIncremental ?? null);
    learned = evaluation;
    yield* recorder.emit([{ type: 'task-evaluated', task: task.index, on: on.index, accuracy, measured: evaluation !== undefined }]);
    if (!stage.tracking || !strategy.midway || unchanged) continue;
    const kept = { phase: 'kept', epoch: epochs, on: on.index, accuracy: evaluation?.part ?? null } as const;
    yield* recorder.emit([{ type: 'accuracy-tracked', task: task.index, ...kept }]);
  }
  return { accuracy: accuracies, classIncremental, learned };
}
