import { LifelongError } from '../../core/errors.js';
import type { ExpertSummary } from '../../core/expert.js';
import { formatGenotype, parseGenotype, type Genotype } from '../../core/genotype.js';
import type { JsonObject } from '../../core/json.js';
import type { NamedArray, Snapshot } from '../../core/snapshot.js';
import { taskRef, type Task, type TaskRef } from '../../core/task.js';
import { prototypesFromArrays, prototypesToArrays, type Prototypes } from '../../difficulty/prototypes.js';
import { headLayout } from '../../nn/head.js';
import { fromArrays } from '../../nn/layout.js';
import { expertNetwork, type Network } from '../../nn/network.js';
import type { ExpertVectors } from '../training/frozen-expert.js';
import { packHead, packOnce, packVectors } from '../training/pack-learned.js';
import type { Group } from './decisions/numbers.js';
import { groupNamed, type Groups, type PackedState } from './packed-state.js';

/** An expert: a network, its weights and the tasks that share it. */
export interface Expert {
  readonly id: string;
  readonly genotype: Genotype;
  /** `searched`, or the expert whose genotype was copied. */
  readonly architectureFrom: string;
  readonly network: Network;
  readonly inputShape: readonly number[];
  readonly vectors: ExpertVectors;
  readonly tasks: readonly string[];
  /** Training examples of the largest task that trained it. */
  readonly largestTrain: number;
  /** Grows when the weights change. */
  readonly revision: number;
}

/** What is kept of a learned task. */
export interface KnownTask {
  readonly ref: TaskRef;
  readonly expert: string;
  readonly head: Float32Array;
  readonly prototypes: Prototypes;
}

/** All that PAR has learned. */
export interface Memory {
  readonly experts: readonly Expert[];
  readonly tasks: readonly KnownTask[];
}

export const emptyMemory: Memory = { experts: [], tasks: [] };

export function expertNamed(memory: Memory, id: string): Expert {
  const expert = memory.experts.find((candidate) => candidate.id === id);
  if (!expert)
    throw new LifelongError('run-corrupt', `expert ${id} expected, found ${memory.experts.map((known) => known.id).join(', ') || 'none'}`);
  return expert;
}

/** @throws LifelongError `usage` naming the tasks that have been learned */
export function taskNamed(memory: Memory, id: string): KnownTask {
  const known = memory.tasks.find(({ ref }) => ref.id === id);
  if (!known)
    throw new LifelongError(
      'usage',
      `task "${id}" has not been learned: one of ${memory.tasks.map(({ ref }) => ref.id).join(', ') || '(none yet)'} expected`,
    );
  return known;
}

export function summarizeExpert({ id, tasks, genotype, architectureFrom, network }: Expert): ExpertSummary {
  const { parameters, statistics, macs } = network.declaration;
  return { id, tasks, genotype, architectureFrom, parameters: parameters.size, bytes: 4 * (parameters.size + statistics.size), macs };
}

/** The memory as JSON and named arrays: what a checkpoint holds. */
export function packMemory({ experts, tasks }: Memory): Snapshot {
  const arrays: Record<string, Readonly<Record<string, NamedArray>>> = {};
  for (const { id, network, vectors } of experts) arrays[`experts/${id}`] = packVectors(network, vectors);
  for (const { ref, expert, head, prototypes } of tasks) {
    arrays[`heads/${ref.index}`] = packHead(expertNamed({ experts, tasks }, expert).network, ref.classes.length, head);
    arrays[`prototypes/${ref.index}`] = packOnce(prototypes, () => prototypesToArrays(prototypes));
  }
  const state = {
    experts: experts.map(({ id, genotype, architectureFrom, inputShape, largestTrain, revision, tasks: shared }) => ({
      id,
      genotype: formatGenotype(genotype),
      architectureFrom,
      inputShape,
      largestTrain,
      revision,
      tasks: shared,
    })),
    tasks: tasks.map(({ ref, expert }) => ({ ref: taskRef(ref), expert })),
  };
  return { state: state as unknown as JsonObject, arrays };
}

/** @param architecture channels and cells of the experts */
export function unpackMemory(
  packed: Pick<PackedState, 'experts' | 'tasks'>,
  arrays: Groups,
  architecture: { channels: number; cells: number },
): Memory {
  const experts = packed.experts.map((expert): Expert => {
    const genotype = parseGenotype(expert.genotype);
    const network = expertNetwork({ genotype, inputShape: expert.inputShape, ...architecture });
    const stored = groupNamed(arrays, `experts/${expert.id}`);
    const { parameters, statistics } = network.declaration;
    const owner = `expert ${expert.id}`;
    return {
      ...expert,
      genotype,
      network,
      vectors: { parameters: fromArrays(parameters, stored, owner), statistics: fromArrays(statistics, stored, owner) },
    };
  });
  const tasks = packed.tasks.map(({ ref, expert }): KnownTask => {
    const { featureSize } = expertNamed({ experts, tasks: [] }, expert).network;
    const owner = `head of task ${ref.id}`;
    return {
      ref,
      expert,
      head: fromArrays(headLayout(featureSize, ref.classes.length), groupNamed(arrays, `heads/${ref.index}`), owner),
      prototypes: prototypesFromArrays(groupNamed(arrays, `prototypes/${ref.index}`), `prototypes of task ${ref.id}`),
    };
  });
  return { experts, tasks };
}

/** The experts as a decision about this task sees them. @param divergence of the task to every learned task, in order of learning */
export function groupsFor(
  { inputShape: shape }: Pick<Task, 'inputShape'>,
  { experts, tasks }: Memory,
  divergence: readonly number[],
): Group[] {
  return experts.map(({ id, inputShape, largestTrain }) => ({
    expert: id,
    largestTrain,
    fit: inputShape.join() === shape.join() ? 'join' : inputShape.length === shape.length ? 'copy' : 'none',
    tasks: tasks.flatMap(({ ref, expert }, i) => (expert === id ? [{ id: ref.id, divergence: divergence[i] ?? 1 }] : [])),
  }));
}
