import type { NamedArray } from '../../core/snapshot.js';
import type { TaskRef } from '../../core/task.js';
import { prototypesFromArrays, prototypesToArrays, type Prototypes } from '../../difficulty/prototypes.js';
import { groupNamed, type Groups, type Memory } from '../../experts/memory.js';

const groupOf = ({ index }: TaskRef) => `prototypes/${index}`;

/** What is kept of a learned task besides its head: where it lies among the others. */
export function keepPrototypes(task: TaskRef, prototypes: Prototypes): Groups {
  const arrays: Readonly<Record<string, NamedArray>> = prototypesToArrays(prototypes);
  return { [groupOf(task)]: arrays };
}

/** Prototypes of a learned task. @throws LifelongError `run-corrupt` when they are missing or no prototypes */
export function keptPrototypes({ kept }: Memory, task: TaskRef): Prototypes {
  return prototypesFromArrays(groupNamed(kept, groupOf(task)), `prototypes of task ${task.id}`);
}
