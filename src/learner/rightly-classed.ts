import { lengthOf } from '../data/array-split.js';
import { classKey } from '../data/class-names.js';
import type { Examples, TaskRef } from '../core/task.js';
import { gather } from '../experts/training/rows.js';
import { argMax } from '../metrics/logits.js';
import type { Strategy } from '../strategies/strategy.js';

/**
 * How many examples of a task get the name of their class from the experts and heads of these tasks, one for each example. A name that several tasks have is right from each of them.
 *
 * @param answering for each example the task that answers, with inputs of the same shape
 */
export async function rightlyClassed(
  strategy: Pick<Strategy, 'predict'>,
  { classes }: TaskRef,
  examples: Examples,
  answering: readonly TaskRef[],
): Promise<number> {
  const length = lengthOf(examples.shape);
  let right = 0;
  for (const task of new Set(answering)) {
    const rows = Int32Array.from(answering.flatMap((of, row) => (of === task ? [row] : [])));
    const labels = rows.map((row) => examples.labels[row] ?? -1);
    const { logits } = await strategy.predict(task, { ...examples, inputs: gather(examples.inputs, length, rows), labels });
    const width = task.classes.length;
    labels.forEach((label, i) => {
      const found = task.classes[argMax(logits.subarray(i * width, (i + 1) * width))];
      const own = classes[label];
      right += Number(found !== undefined && own !== undefined && classKey(found) === classKey(own));
    });
  }
  return right;
}
