import { LifelongError } from '../../core/errors.js';
import type { Task } from '../../core/task.js';
import { classKey } from '../../data/class-names.js';
import type { Learned } from './learned.js';
import type { ClassSums } from './sums.js';

/** @throws LifelongError `data` for a class that nothing is known of */
export function checkClasses(task: Task, { counts }: ClassSums, { tasks }: Learned): void {
  const known = new Set(tasks.flatMap(({ ref, sums }) => ref.classes.filter((_, c) => (sums.counts[c] ?? 0) > 0).map(classKey)));
  const missing = task.classes.find((name, c) => counts[c] === 0 && !known.has(classKey(name)));
  if (missing === undefined) return;
  throw new LifelongError(
    'data',
    `task ${task.id}: training examples of every class expected, found none of class ${missing}`,
    'give some, or leave the class out of the task',
  );
}
