import { LifelongError } from '../core/errors.js';
import type { RunRecord } from '../core/run-record.js';
import { taskOf } from '../core/task-ids.js';
import type { ClassName } from '../core/task.js';
import { lengthOf } from '../data/array-split.js';
import { unlabelledInputs, type UserInputs } from '../data/user-inputs.js';
import { block } from '../learner/evaluate.js';
import type { Strategy } from '../strategies/strategy.js';

/** What a model says of one example. */
export interface Prediction {
  readonly class: ClassName;
  /** Of the predicted class, by softmax over the task's classes. */
  readonly probability: number;
  /** Of all classes of the task, in their order. */
  readonly probabilities: readonly number[];
}

/**
 * Classifies raw inputs by a learned task's head.
 *
 * @param inputs rows, or one flat array `[n, ...task.input.shape]`
 * @param strategy the run's, restored when it is first needed
 * @throws LifelongError `usage` for an unknown task, `data` for inputs of another shape
 */
export async function predict(
  inputs: UserInputs,
  id: string,
  path: string,
  record: RunRecord,
  strategy: () => Promise<Strategy>,
): Promise<Prediction[]> {
  const ref = taskOf(record.tasks, id);
  if (!ref) {
    throw new LifelongError(
      'usage',
      `task "${id}" is not in ${path}: one of ${record.tasks.map((task) => task.id).join(', ') || '(none)'} expected`,
    );
  }
  const values = unlabelledInputs(inputs, ref.input, `task ${id}`, ref.scale);
  const { shape } = ref.input;
  const length = lengthOf(shape);
  const restored = await strategy();
  const predictions: Prediction[] = [];
  for (let start = 0; start < values.length; start += block * length) {
    const part = values.subarray(start, start + block * length);
    const count = part.length / length;
    const { classes, logits } = await restored.predict(ref, { inputs: part, shape, labels: new Int32Array(count) });
    for (let i = 0; i < count; i++) predictions.push(describe(logits.subarray(i * classes, (i + 1) * classes), ref.classes));
  }
  return predictions;
}

function describe(logits: Float32Array, classes: readonly ClassName[]): Prediction {
  const largest = logits.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = Array.from(logits, (value) => Math.exp(value - largest));
  const total = powers.reduce((sum, value) => sum + value, 0);
  const best = logits.indexOf(largest);
  const probabilities = powers.map((value) => value / total);
  return { class: classes[best] ?? best, probability: probabilities[best] ?? 0, probabilities };
}
