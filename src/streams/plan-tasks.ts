import { LifelongError } from '../core/errors.js';
import type { ClassName } from '../core/task.js';
import { classesOf } from '../data/class-names.js';
import type { InputChange } from '../data/change-inputs.js';
import type { Dataset } from '../data/dataset.js';
import { permute } from '../data/permute.js';
import { rotate } from '../data/images/rotate.js';
import { classIndices, classLists, orderClasses } from './class-lists.js';
import { corruptionChange } from './corruption-change.js';
import type { Limits, TasksSection } from './manifest.js';
import type { PlanData } from './plan-data.js';
import type { TaskPlan } from './task-plan.js';

/** A task before it has its place in the stream. */
export type PlannedTask = Omit<TaskPlan, 'id' | 'data' | 'limits' | 'labelNoise'>;

/**
 * The tasks that a manifest's `tasks` section cuts from one data set, in order, ids by position.
 *
 * @throws LifelongError `config` when the section does not fit the data
 */
export function planTasks(data: PlanData, tasks: TasksSection, limits: Limits, seed: number): TaskPlan[] {
  const planned = planKind(data, tasks, tasks.orderSeed ?? seed, seed);
  const again = (tasks.repeat ?? []).map((index): PlannedTask => {
    const task = planned[index];
    if (!task) throw new LifelongError('config', `tasks.repeat: task 0 to ${planned.length - 1} expected, found ${index}`);
    return { ...task, name: `${task.name} again` };
  });
  return [...planned, ...again].map((task, index) => ({ ...task, id: String(index), data, limits, labelNoise: tasks.labelNoise ?? 0 }));
}

function planKind(data: Dataset, tasks: TasksSection, orderSeed: number, seed: number): PlannedTask[] {
  const chosen = tasks.classes ? classIndices(tasks.classes, data.classes, 'tasks.classes') : data.classes.map((_, index) => index);
  const whole = (name: string, ...changes: InputChange[]): PlannedTask => ({ name, classes: chosen, changes });
  if (tasks.permuted !== undefined) {
    return Array.from({ length: tasks.permuted }, (_, i) => (i === 0 ? whole('as it is') : whole(`permutation ${i}`, permute(seed, i))));
  }
  if (tasks.rotated !== undefined) {
    const angles =
      typeof tasks.rotated === 'number'
        ? Array.from({ length: tasks.rotated }, (_, i) => (180 * i) / Number(tasks.rotated))
        : tasks.rotated;
    return angles.map((angle) => (angle === 0 ? whole('as it is') : whole(`${angle} degrees`, rotate(angle))));
  }
  if (tasks.corrupted !== undefined) {
    return tasks.corrupted.map((corruption) => {
      const changes = corruptionChange(corruption, seed);
      return whole(changes[0]?.name ?? 'as it is', ...changes);
    });
  }
  if (tasks.superclass) return planSuperclasses(data, tasks, chosen, orderSeed);
  const names = chosen.map((index) => data.classes[index] as ClassName);
  return classLists(names, tasks.split, tasks.order, orderSeed).map((list) => ({
    name: nameOf(list.map((i) => names[i] as ClassName)),
    classes: list.map((i) => chosen[i] as number),
    changes: [],
  }));
}

/** One task for each superclass, in the order of `tasks.order`. */
function planSuperclasses(
  { superclasses, name }: Dataset,
  { order }: TasksSection,
  chosen: readonly number[],
  orderSeed: number,
): PlannedTask[] {
  if (!superclasses) throw new LifelongError('config', `tasks.superclass: data with superclasses expected, ${name} has none`);
  const names = classesOf(
    name,
    chosen.map((index) => superclasses[index] as ClassName),
  );
  if (Array.isArray(order) && Array.isArray(order[0])) {
    throw new LifelongError(
      'config',
      'tasks.order: natural, seed or a list of superclasses expected with superclass, found a list of lists',
    );
  }
  return orderClasses(names, order as 'natural', orderSeed).map((at) => ({
    name: String(names[at]),
    classes: chosen.filter((index) => superclasses[index] === names[at]),
    changes: [],
  }));
}

/** `0 vs 1`, or the first and last of more than five classes. */
export function nameOf(classes: readonly ClassName[]): string {
  return classes.length <= 5 ? classes.join(' vs ') : `${String(classes[0])} to ${String(classes.at(-1))} (${classes.length} classes)`;
}
