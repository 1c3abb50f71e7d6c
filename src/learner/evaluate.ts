import { LifelongError } from '../core/errors.js';
import type { ClassName, Task, TaskRef } from '../core/task.js';
import { classKey } from '../data/class-names.js';
import { measureCalibration, type Calibration } from '../metrics/calibration.js';
import { measureSpread, type EnsembleSpread } from '../metrics/ensemble.js';
import { classRecall } from '../metrics/class-recall.js';
import { accuracyOf } from '../nn/inference.js';
import type { Predictions, Strategy } from '../strategies/strategy.js';
import { concatenate, gather } from '../experts/training/rows.js';

/** Test examples that are predicted at once: what takes a large expert a second or two. */
export const block = 256;

/** How a strategy does on a task's test split. */
export interface Evaluation {
  /** Null for a task without test examples. */
  readonly accuracy: number | null;
  /** On the positions asked for. */
  readonly part: number | null;
  /** Class-incremental accuracy, with the logits of all heads in one; null where the strategy's heads cannot be compared. */
  readonly classIncremental: number | null;
  /** Of an ensemble with how far its members differ. */
  readonly calibration: (Calibration & Partial<EnsembleSpread>) | null;
  /** For each class; null for a class without test examples. */
  readonly classRecall: readonly (number | null)[];
}

/**
 * Accuracy, calibration and recall on the whole test split of a learned task.
 *
 * @param seen every learned task, in order of learning
 * @param part positions in the split to give the accuracy on besides
 * @throws LifelongError `interrupted` when the signal is aborted
 */
export async function evaluate(
  strategy: Pick<Strategy, 'predict' | 'predictAll'>,
  task: Task,
  seen: readonly TaskRef[],
  signal?: AbortSignal,
  part: Int32Array = new Int32Array(0),
): Promise<Evaluation> {
  const classes = task.classes.length;
  const logits = new Float32Array(task.test.size * classes);
  const labels = new Int32Array(task.test.size);
  const position = seen.findIndex(({ id }) => id === task.id);
  const names = seen.map((known) => known.classes.map(classKey));
  const ofMembers: Float32Array[] = [];
  let right = 0;
  let temperature = 1;
  for (let start = 0; start < task.test.size; start += block) {
    const examples = await task.test.read(Int32Array.from({ length: Math.min(block, task.test.size - start) }, (_, i) => start + i));
    if (signal?.aborted) throw new LifelongError('interrupted', `interrupted while evaluating task ${task.id}`);
    const all = await strategy.predictAll?.(examples);
    const predictions = all?.[position] ?? (await strategy.predict(task, examples));
    logits.set(predictions.logits, start * classes);
    temperature = predictions.temperature ?? 1;
    if (predictions.members) ofMembers.push(predictions.members);
    if (all) right += rightClassIncremental(all, names, examples.labels, task.classes.map(classKey));
    labels.set(examples.labels, start);
  }
  const calibration = measureCalibration(temperature === 1 ? logits : logits.map((logit) => logit / temperature), labels, classes);
  return {
    accuracy: task.test.size > 0 ? accuracyOf(logits, classes, labels) : null,
    part:
      part.length > 0
        ? accuracyOf(
            gather(logits, classes, part),
            classes,
            part.map((position) => labels[position] ?? -1),
          )
        : null,
    classIncremental: task.test.size > 0 && strategy.predictAll ? right / task.test.size : null,
    calibration: calibration && { ...calibration, ...spreadOf(concatenate(...ofMembers), labels.length, classes) },
    classRecall: classRecall(logits, labels, classes),
  };
}

/** Nothing where there are no members. @param members their logits, `[n, members, classes]` */
const spreadOf = (members: Float32Array, n: number, classes: number) =>
  members.length > 0 ? measureSpread(members, members.length / (n * classes), classes) : undefined;

/** How many examples have the name of their class at the largest logit of all heads. */
function rightClassIncremental(
  heads: readonly Predictions[],
  names: readonly (readonly ClassName[])[],
  labels: Int32Array,
  own: readonly ClassName[],
): number {
  let right = 0;
  labels.forEach((label, row) => {
    let best: { logit: number; name: ClassName | undefined } = { logit: -Infinity, name: undefined };
    heads.forEach(({ logits, classes }, head) => {
      for (let c = 0; c < classes; c++) {
        const logit = logits[row * classes + c] ?? -Infinity;
        if (logit > best.logit) best = { logit, name: names[head]?.[c] };
      }
    });
    if (best.name === own[label]) right += 1;
  });
  return right;
}
