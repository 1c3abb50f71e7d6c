import { LifelongError } from '../core/errors.js';
import { frozenGroup } from '../core/frozen-weights.js';
import type { NamedArray, Snapshot } from '../core/snapshot.js';
import { taskRef, type TaskRef } from '../core/task.js';
import type { Expert } from './expert.js';
import { withOneController } from './shared-controller.js';

/** Named groups of arrays, as in a snapshot. */
export type Groups = Snapshot['arrays'];

/** A learned task with its head. */
export interface LearnedTask {
  readonly ref: TaskRef;
  /** Id of the expert that serves it. */
  readonly expert: string;
  readonly head: Float32Array;
}

/** All that a strategy has learned. */
export interface Memory {
  readonly experts: readonly Expert[];
  readonly tasks: readonly LearnedTask[];
  /** What the method itself keeps, such as prototypes, importances or examples. */
  readonly kept: Groups;
  /**
   * By group in a snapshot: what changes when the group does. Of an expert its own revision; of frozen weights 0, always; of a head or what is kept,
   * how many tasks had been learned when it last changed.
   */
  readonly revisions: Readonly<Record<string, number>>;
}

export const emptyMemory: Memory = { experts: [], tasks: [], kept: {}, revisions: {} };

/** Name of an expert's group in a snapshot. */
export const expertGroup = (id: string) => `experts/${id}`;

/** Name of a task's head's group in a snapshot. */
export const headGroup = ({ index }: Pick<TaskRef, 'index'>) => `heads/${index}`;

/** @throws LifelongError `usage` naming the tasks that have been learned */
export function taskNamed({ tasks }: Memory, id: string): LearnedTask {
  const found = tasks.find(({ ref }) => ref.id === id);
  if (found) return found;
  const known = tasks.map(({ ref }) => ref.id).join(', ') || '(none yet)';
  throw new LifelongError('usage', `task "${id}" has not been learned: one of ${known} expected`);
}

/** @throws LifelongError `run-corrupt` naming the experts that there are */
export function expertNamed({ experts }: Pick<Memory, 'experts'>, id: string): Expert {
  const found = experts.find((expert) => expert.id === id);
  if (found) return found;
  throw new LifelongError('run-corrupt', `expert ${id} expected, found ${experts.map((known) => known.id).join(', ') || 'none'}`);
}

/** The expert that serves a task. */
export const expertOf = (memory: Pick<Memory, 'experts'>, { expert }: Pick<LearnedTask, 'expert'>): Expert => expertNamed(memory, expert);

/** One group of arrays. @throws LifelongError `run-corrupt` when it is not there */
export function groupNamed(arrays: Groups, name: string): Readonly<Record<string, NamedArray>> {
  const found = arrays[name];
  if (!found) throw new LifelongError('run-corrupt', `weights ${name} expected, found ${Object.keys(arrays).join(', ') || 'none'}`);
  return found;
}

/** What a task leaves when it is learned. */
export interface Learned {
  readonly task: TaskRef;
  /** As the task leaves it; new or not. */
  readonly expert: Expert;
  readonly head: Float32Array;
  /** Heads of earlier tasks that changed, by id of the task. */
  readonly oldHeads?: ReadonlyMap<string, Float32Array>;
  /** Kept groups that are new or changed; the others stay. */
  readonly kept?: Groups;
}

/** The memory with a task more. */
export function remember(memory: Memory, { task, expert, head, oldHeads = new Map(), kept = {} }: Learned): Memory {
  const experts = withOneController(memory.experts, expert);
  const changedHeads = [...memory.tasks.map(({ ref }) => ref).filter(({ id }) => oldHeads.has(id)), task].map(headGroup);
  const changed = Object.fromEntries([...changedHeads, ...Object.keys(kept)].map((group) => [group, memory.tasks.length + 1]));
  const { frozen } = expert.network;
  const added = experts.every(({ id }) => id !== expert.id);
  return {
    experts: added ? [...experts, expert] : experts.map((known) => (known.id === expert.id ? expert : known)),
    tasks: [
      ...memory.tasks.map((known) => ({ ...known, head: oldHeads.get(known.ref.id) ?? known.head })),
      { ref: taskRef(task), expert: expert.id, head },
    ],
    kept: { ...memory.kept, ...kept },
    revisions: {
      ...memory.revisions,
      ...Object.fromEntries([...experts, expert].map(({ id, revision }) => [expertGroup(id), revision])),
      ...(frozen && { [frozenGroup(frozen.sha256)]: 0 }),
      ...changed,
    },
  };
}
