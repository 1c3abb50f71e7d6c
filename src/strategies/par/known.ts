import type { FrozenBaseRef } from '../../core/expert.js';
import { sameInput, sameKind, type Input } from '../../core/input.js';
import type { NamedArray } from '../../core/snapshot.js';
import type { Task, TaskRef } from '../../core/task.js';
import { prototypesFromArrays, prototypesToArrays, type Prototypes } from '../../difficulty/prototypes.js';
import { groupNamed, type Groups, type Memory } from '../../experts/memory.js';
import type { Group } from './decisions/numbers.js';
import { inferenceFromArrays, inferenceToArrays, type TaskInference } from './inference/task-inference.js';

const groupOf = ({ index }: TaskRef) => `prototypes/${index}`;

/** What PAR keeps of a learned task besides its head: where it lies among the others. */
export function keepPrototypes(task: TaskRef, prototypes: Prototypes): Groups {
  const arrays: Readonly<Record<string, NamedArray>> = prototypesToArrays(prototypes);
  return { [groupOf(task)]: arrays };
}

/** Prototypes of a learned task. @throws LifelongError `run-corrupt` when they are missing or no prototypes */
export function keptPrototypes({ kept }: Memory, task: TaskRef): Prototypes {
  return prototypesFromArrays(groupNamed(kept, groupOf(task)), `prototypes of task ${task.id}`);
}

const inferenceGroup = ({ domain }: Input, size: number) => `inference/${domain}-${size}`;

/** What tasks of a domain with features of one length are found by besides prototypes. */
export const keepInference = ({ input }: TaskRef, inference: TaskInference): Groups => ({
  [inferenceGroup(input, inference.scatter.moment.size)]: inferenceToArrays(inference),
});

/** @throws LifelongError `run-corrupt` when it is no such thing */
export function keptInference({ kept }: Memory, input: Input, size: number): TaskInference | undefined {
  const group = inferenceGroup(input, size);
  return kept[group] && inferenceFromArrays(kept[group], size, group);
}

/** The experts as a decision about this task sees them. @param divergence of the task to every learned task, in order of learning */
export function groupsFor({ input }: Pick<Task, 'input'>, { experts, tasks }: Memory, divergence: readonly number[]): Group[] {
  return experts.map(({ id, input: known, largestTrain, on }) => ({
    expert: id,
    largestTrain,
    fit: sameInput(known, input) ? 'join' : sameKind(known, input) && !isExpert(on) ? 'copy' : 'none',
    tasks: tasks.flatMap(({ ref, expert }, i) => (expert === id ? [{ id: ref.id, divergence: divergence[i] ?? 1 }] : [])),
  }));
}

/** An expert takes inputs of its own shape alone, so what stands on it does too. */
const isExpert = (on: FrozenBaseRef | null) => on !== null && 'expert' in on;
