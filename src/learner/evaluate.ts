import { LifelongError } from '../core/errors.js';
import type { Task } from '../core/task.js';
import { accuracyOf } from '../nn/inference.js';
import type { Strategy } from '../strategies/strategy.js';
import { classRecall, measureCalibration, type Calibration } from './calibration.js';

/** Test examples that are predicted at once. */
const block = 1024;

/** How a strategy does on a task's test split. */
export interface Evaluation {
  /** Null for a task without test examples. */
  readonly accuracy: number | null;
  readonly calibration: Calibration | null;
  /** For each class; null for a class without test examples. */
  readonly classRecall: readonly (number | null)[];
}

/**
 * Accuracy, calibration and recall on the whole test split of a learned task.
 *
 * @throws LifelongError `interrupted` when the signal is aborted
 */
export async function evaluate(strategy: Strategy, task: Task, signal?: AbortSignal): Promise<Evaluation> {
  const classes = task.classes.length;
  const logits = new Float32Array(task.test.size * classes);
  const labels = new Int32Array(task.test.size);
  for (let start = 0; start < task.test.size; start += block) {
    const examples = await task.test.read(Int32Array.from({ length: Math.min(block, task.test.size - start) }, (_, i) => start + i));
    if (signal?.aborted) throw new LifelongError('interrupted', `interrupted while evaluating task ${task.id}`);
    const predictions = await strategy.predict(task, examples);
    logits.set(predictions.logits, start * classes);
    labels.set(examples.labels, start);
  }
  return {
    accuracy: task.test.size > 0 ? accuracyOf(logits, classes, labels) : null,
    calibration: measureCalibration(logits, labels, classes),
    classRecall: classRecall(logits, labels, classes),
  };
}
