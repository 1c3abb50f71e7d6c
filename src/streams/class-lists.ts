import { composed } from '../core/composed.js';
import { LifelongError, nearestName } from '../core/errors.js';
import { random } from '../core/random.js';
import type { ClassName } from '../core/task.js';
import type { TasksSection } from './manifest.js';

/**
 * The classes of each task of a split, as indices into `classes`. Every class is in exactly one task.
 *
 * With a number of tasks, sizes are as equal as they can be, the larger ones first.
 *
 * @param classes every class to share out, by name
 * @param seed of a random order
 * @throws LifelongError `config` when an order names unknown classes or one twice, or sizes do not add up
 */
export function classLists(
  classes: readonly ClassName[],
  split: TasksSection['split'],
  order: TasksSection['order'],
  seed: number,
): number[][] {
  if (Array.isArray(order) && Array.isArray(order[0])) {
    const lists = (order as readonly ClassName[][]).map((list) => classIndices(list, classes, 'tasks.order'));
    refuseRepeats(lists.flat(), classes, 'tasks.order');
    return lists;
  }
  const ordered = orderClasses(classes, order as 'natural' | 'seed' | ClassName[], seed);
  let start = 0;
  return sizes(ordered.length, split ?? 1).map((size) => ordered.slice(start, (start += size)));
}

/** Class indices in this order. A list may leave classes out. */
export function orderClasses(classes: readonly ClassName[], order: 'natural' | 'seed' | readonly ClassName[], seed: number): number[] {
  if (order === 'natural') return classes.map((_, index) => index);
  if (order === 'seed') return Array.from(random(seed, 'class-order').permutation(classes.length));
  return classIndices(order, classes, 'tasks.order');
}

/**
 * Indices of classes by name, in any Unicode form. A number also finds the class of that name as text, and the other way round.
 *
 * @throws LifelongError `config` for an unknown class, with the nearest one, or one that is listed twice
 */
export function classIndices(names: readonly ClassName[], classes: readonly ClassName[], where: string): number[] {
  const indices = names.map((name) => {
    const exact = classes.indexOf(name);
    const index = exact >= 0 ? exact : classes.findIndex((known) => composed(String(known)) === composed(String(name)));
    if (index >= 0) return index;
    const near = nearestName(String(name), classes.map(String));
    const hint =
      near === undefined ? `classes: ${classes.slice(0, 20).join(', ')}${classes.length > 20 ? ', …' : ''}` : `did you mean ${near}?`;
    throw new LifelongError('config', `${where}: class ${JSON.stringify(name)} is not in the data (${classes.length} classes)`, hint);
  });
  refuseRepeats(indices, classes, where);
  return indices;
}

function refuseRepeats(indices: readonly number[], classes: readonly ClassName[], where: string): void {
  const again = indices.find((index, at) => indices.indexOf(index) !== at);
  if (again === undefined) return;
  throw new LifelongError(
    'config',
    `${where}: class ${JSON.stringify(classes[again])} is listed twice`,
    'use tasks.repeat or a sequence for classes that come again',
  );
}

function sizes(classes: number, split: number | readonly number[]): number[] {
  if (typeof split === 'number') {
    if (split > classes)
      throw new LifelongError('config', `tasks.split: at most ${classes} tasks expected, one class each, found ${split}`);
    return Array.from({ length: split }, (_, i) => Math.floor(classes / split) + (i < classes % split ? 1 : 0));
  }
  const total = split.reduce((sum, size) => sum + size, 0);
  if (total > classes)
    throw new LifelongError('config', `tasks.split: ${classes} classes expected at most, found ${split.join(' + ')} = ${total}`);
  return [...split];
}
