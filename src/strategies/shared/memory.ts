import { LifelongError } from '../../core/errors.js';
import type { ExpertSummary } from '../../core/expert.js';
import type { JsonObject } from '../../core/json.js';
import type { Snapshot } from '../../core/snapshot.js';
import { taskRef, type TaskRef } from '../../core/task.js';
import { headLayout } from '../../nn/head.js';
import { fromArrays } from '../../nn/layout.js';
import type { Architecture } from './fixed-architecture.js';
import type { ExpertVectors } from '../training/frozen-expert.js';
import { packHead, packVectors } from '../training/pack-learned.js';
import type { SharedState } from './state.js';

/** Named groups of arrays, as in a snapshot. */
export type Groups = Snapshot['arrays'];

/** A network that tasks share. */
export interface SharedExpert extends Architecture {
  readonly id: string;
  readonly inputShape: readonly number[];
  readonly vectors: ExpertVectors;
  /** Ids of the tasks that it serves, in order of learning. */
  readonly tasks: readonly string[];
  /** Grows when the weights change. */
  readonly revision: number;
}

/** A learned task with its head. */
export interface LearnedTask {
  readonly ref: TaskRef;
  readonly expert: string;
  readonly head: Float32Array;
}

/** All that a strategy with fixed networks has learned. */
export interface SharedMemory {
  readonly experts: readonly SharedExpert[];
  readonly tasks: readonly LearnedTask[];
  /** What the method itself keeps, such as importances or examples. */
  readonly kept: Groups;
}

export const emptyMemory: SharedMemory = { experts: [], tasks: [], kept: {} };

/** @throws LifelongError `usage` naming the tasks that have been learned */
export function learnedTask({ tasks }: SharedMemory, id: string): LearnedTask {
  const found = tasks.find(({ ref }) => ref.id === id);
  if (found) return found;
  const known = tasks.map(({ ref }) => ref.id).join(', ') || '(none yet)';
  throw new LifelongError('usage', `task "${id}" has not been learned: one of ${known} expected`);
}

export function expertOf({ experts }: SharedMemory, { expert, ref }: LearnedTask): SharedExpert {
  const found = experts.find(({ id }) => id === expert);
  if (!found) throw new LifelongError('run-corrupt', `expert ${expert} of task ${ref.id} expected, found none`);
  return found;
}

export function summarizeExpert({ id, tasks, genotype, network }: SharedExpert): ExpertSummary {
  const { parameters, statistics, macs } = network.declaration;
  return { id, tasks, genotype, architectureFrom: null, parameters: parameters.size, bytes: 4 * (parameters.size + statistics.size), macs };
}

/** The memory as JSON and named arrays: what a checkpoint holds. */
export function packMemory(memory: SharedMemory): Snapshot {
  const { experts, tasks, kept } = memory;
  const state = {
    experts: experts.map(({ id, inputShape, tasks: served, revision }) => ({ id, inputShape, tasks: served, revision })),
    tasks: tasks.map(({ ref, expert }) => ({ ref: taskRef(ref), expert })),
  };
  const ofExperts = experts.map(({ id, network, vectors }) => [`experts/${id}`, packVectors(network, vectors)] as const);
  const ofHeads = tasks.map((task) => {
    const { ref, head } = task;
    return [`heads/${ref.index}`, packHead(expertOf(memory, task).network, ref.classes.length, head)] as const;
  });
  return { state: state as unknown as JsonObject, arrays: { ...Object.fromEntries(ofExperts), ...Object.fromEntries(ofHeads), ...kept } };
}

/** @throws LifelongError `run-corrupt` when arrays are missing or do not fit the networks that `build` makes */
export function unpackMemory(
  state: Pick<SharedState, 'experts' | 'tasks'>,
  arrays: Groups,
  build: (inputShape: readonly number[]) => Architecture,
): SharedMemory {
  const group = (name: string) => {
    const found = arrays[name];
    if (!found) throw new LifelongError('run-corrupt', `weights ${name} expected, found ${Object.keys(arrays).join(', ') || 'none'}`);
    return found;
  };
  const experts = state.experts.map((expert): SharedExpert => {
    const architecture = build(expert.inputShape);
    const { parameters, statistics } = architecture.network.declaration;
    const stored = group(`experts/${expert.id}`);
    const read = (layout: typeof parameters) => fromArrays(layout, stored, `expert ${expert.id}`);
    return { ...expert, ...architecture, vectors: { parameters: read(parameters), statistics: read(statistics) } };
  });
  const kept = Object.fromEntries(Object.entries(arrays).filter(([name]) => !/^(experts|heads|progress)\//.test(name)));
  const tasks = state.tasks.map((task): LearnedTask => {
    const layout = layoutOfHead({ experts, tasks: [], kept }, task);
    return { ...task, head: fromArrays(layout, group(`heads/${task.ref.index}`), `head of task ${task.ref.id}`) };
  });
  return { experts, tasks, kept };
}

function layoutOfHead(memory: SharedMemory, task: Omit<LearnedTask, 'head'>) {
  return headLayout(expertOf(memory, { ...task, head: new Float32Array(0) }).network.featureSize, task.ref.classes.length);
}
