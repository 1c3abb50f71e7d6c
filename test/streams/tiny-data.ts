import { from, lastValueFrom, toArray } from 'rxjs';
import type { TaskStream } from '../../src/core/stream.js';
import type { Split, Task } from '../../src/core/task.js';
import type { UserData, UserExamples } from '../../src/data/array-dataset.js';

/** `perClass` vectors `[class, number, part]` of each class. */
export function examples(classes: readonly (string | number)[], perClass: number, part = 0): UserExamples {
  const rows = classes.flatMap((_, c) => Array.from({ length: perClass }, (__, i) => [c, i, part]));
  return { inputs: rows, labels: classes.flatMap((name) => Array<string | number>(perClass).fill(name)) };
}

/** Training and test data of these classes. */
export const dataOf = (classes: readonly (string | number)[], perClass: number, test = perClass): UserData => ({
  train: examples(classes, perClass),
  test: examples(classes, test, 1),
});

export const tasksOf = (stream: TaskStream, from_ = 0): Promise<Task[]> => lastValueFrom(from(stream.tasks(from_)).pipe(toArray()));

/** Everything in a split. */
export const readAll = (split: Split) => split.read(Int32Array.from({ length: split.size }, (_, i) => i));

/** Inputs of a split, one text for each example, sorted. */
export async function rowsOf(split: Split): Promise<string[]> {
  const { inputs, shape } = await readAll(split);
  const length = shape.reduce((product, size) => product * size, 1);
  return Array.from({ length: split.size }, (_, i) => inputs.slice(i * length, (i + 1) * length).join()).sort();
}
