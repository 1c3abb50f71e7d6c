import { LifelongError } from '../core/errors.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import type { Task } from '../core/task.js';
import { evaluate, type Evaluation } from '../learner/evaluate.js';
import type { ExtractorChoice } from '../learner/extractor-choice.js';
import { pull } from '../learner/pull.js';
import { rememberedStream } from '../learner/stream-source.js';
import type { Strategy } from '../strategies/strategy.js';

/** How a merged run does on its tasks, in their order; null where the data are not at hand. */
export interface LastRow {
  readonly accuracy: readonly (number | null)[];
  readonly classIncremental: readonly (number | null)[];
  /** The tasks, those of the second run with the calibration and recall that were measured now. */
  readonly tasks: readonly TaskRecord[];
}

/** Measures the merged strategy on the test examples of both runs' tasks, where their streams can still be read. */
export async function lastRow(
  paths: readonly [string, string],
  records: readonly [RunRecord, RunRecord],
  tasks: readonly TaskRecord[],
  strategy: Strategy,
  { features }: ExtractorChoice,
  onNotice?: (notice: string) => void,
): Promise<LastRow> {
  const evaluations = new Map<string, Evaluation>();
  const first = records[0].tasks.length;
  for (const [i, path] of paths.entries()) {
    const record = records[i] ?? records[0];
    const named = i === 0 ? tasks.slice(0, first) : tasks.slice(first);
    try {
      for await (const task of pull((await rememberedStream(record, path)).tasks())) {
        const at = record.tasks.findIndex(({ id }) => id === task.id);
        const known = named[at];
        if (!known) continue;
        const moved: Task = { ...task, id: known.id, index: known.index };
        strategy.useFeatures?.(await features(moved));
        evaluations.set(known.id, await evaluate(strategy, moved, tasks));
      }
    } catch (error) {
      if (!(error instanceof LifelongError)) throw error;
      onNotice?.(`accuracy on the tasks of ${path} is not measured: ${error.message}`);
    }
  }
  const of = (task: TaskRecord) => evaluations.get(task.id);
  return {
    accuracy: tasks.map((task) => of(task)?.accuracy ?? null),
    classIncremental: tasks.map((task) => of(task)?.classIncremental ?? null),
    tasks: tasks.map((task) => {
      const { calibration, classRecall } = of(task) ?? {};
      return task.index < first ? task : { ...task, calibration: calibration ?? null, classRecall: classRecall ? [...classRecall] : null };
    }),
  };
}
