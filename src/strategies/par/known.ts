import { memberArchitecture } from '../../core/architecture.js';
import { sameInput, sameKind, type Input } from '../../core/input.js';
import type { Task, TaskRef } from '../../core/task.js';
import type { Expert } from '../../experts/expert.js';
import { expertOf, type Groups, type LearnedTask, type Memory } from '../../experts/memory.js';
import { patched, takesPatches } from '../../experts/patched.js';
import type { ExpertVectors } from '../../experts/vectors.js';
import { withOwn } from '../shared/own-weights.js';
import type { Group } from './decisions/numbers.js';
import { inferenceFromArrays, inferenceToArrays, type TaskInference } from './inference/task-inference.js';
import type { ParOptions } from './options.js';

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

/** A task's expert as the task sees it: with batch norms of its own, where tasks have them. */
export function viewOf(memory: Memory, task: LearnedTask, { norms }: Pick<ParOptions, 'norms'>): ExpertVectors {
  const { vectors } = expertOf(memory, task);
  return norms === 'task' ? withOwn(memory, task, vectors.parameters) : vectors;
}

/** The experts as a decision about this task sees them. @param divergence of the task to every learned task, in order of learning */
export function groupsFor({ input }: Pick<Task, 'input'>, { experts, tasks }: Memory, divergence: readonly number[]): Group[] {
  const patches = experts.filter(isPatch);
  return experts.map((known) => {
    const { id, largestTrain, on } = known;
    const base = isPatch(known) ? known.on.expert : takesPatches(known) ? id : undefined;
    // An expert takes inputs of its own shape alone, so what stands on it does too; of a patch, what it stands on is copied.
    const copies = sameKind(known.input, input) && (on === null || 'backbone' in on || isPatch(known));
    return {
      ...{ expert: id, largestTrain, base },
      patches: patches.filter((patch) => patch.on.expert === id).map((patch) => patch.id),
      fit: sameInput(known.input, input) ? 'join' : copies ? 'copy' : 'none',
      tasks: tasks.flatMap(({ ref, expert }, i) => (expert === id ? [{ id: ref.id, divergence: divergence[i] ?? 1 }] : [])),
    };
  });
}

type Patch = Expert & { readonly on: { readonly expert: string } };

const isPatch = (expert: Expert): expert is Patch =>
  memberArchitecture(expert.architecture).kind === patched.kind && expert.on !== null && 'expert' in expert.on;
