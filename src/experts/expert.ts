import type { Architecture } from '../core/architecture.js';
import type { ExpertSummary, FrozenBaseRef } from '../core/expert.js';
import type { Input } from '../core/input.js';
import type { Task } from '../core/task.js';
import type { Network } from '../nn/network.js';
import { networkOf, type ExpertKind } from './expert-kind.js';
import type { FrozenBase } from './frozen-base.js';
import { initialExpert } from './training/expert-training.js';
import { leakOf } from './joint-edits.js';
import { controllerHash, ownNumbers } from './shared-controller.js';
import type { ExpertVectors } from './vectors.js';

/** An expert: a network, its weights and the tasks that share it. Replaced, never written to, when it changes. */
export interface Expert {
  /** `e0`, `e1`, … in order of allocation. */
  readonly id: string;
  /** What its network stands on: weights that the expert does not train. */
  readonly on: FrozenBaseRef | null;
  readonly architecture: Architecture;
  /** `searched`, the id of the expert whose architecture was copied, or null where the strategy has a fixed one. */
  readonly architectureFrom: string | null;
  readonly network: Network;
  readonly input: Input;
  readonly vectors: ExpertVectors;
  /** Ids of the tasks that it serves, in order of learning. */
  readonly tasks: readonly string[];
  /** Training examples of the largest task that trained it. */
  readonly largestTrain: number;
  /** Grows when the weights change. */
  readonly revision: number;
}

/** What an expert begins as. */
export interface ExpertPlan extends Pick<Expert, 'id' | 'architecture' | 'architectureFrom'> {
  readonly on?: FrozenBase | undefined;
}

/** An expert that no task has trained yet. */
export function newExpert({ on, ...plan }: ExpertPlan, task: Task, seed: number, kinds: readonly ExpertKind[]): Expert {
  const { input } = task;
  const network = networkOf(kinds, plan.architecture, input, `task ${task.id}`, on);
  const vectors = initialExpert(network, task, seed);
  return { ...plan, on: on?.ref ?? null, network, input, vectors, tasks: [], largestTrain: 0, revision: 0 };
}

/** The expert once a task has trained it to these vectors. */
export function trainedExpert(expert: Expert, task: Task, vectors: ExpertVectors): Expert {
  return {
    ...expert,
    vectors,
    tasks: [...expert.tasks, task.id],
    largestTrain: Math.max(expert.largestTrain, task.train.size),
    revision: expert.revision + 1,
  };
}

/** @param experts all that there are, this one among them */
export function summarizeExpert(expert: Expert, experts: readonly Expert[]): ExpertSummary {
  const { id, tasks, on, architecture, architectureFrom, network } = expert;
  const leak = leakOf(expert, experts);
  const controller = controllerHash(expert);
  const { statistics, macs } = network.declaration;
  const parameters = ownNumbers(
    network,
    experts.slice(
      0,
      experts.findIndex((known) => known.id === id),
    ),
  );
  const bytes = 4 * (parameters + statistics.size);
  return {
    ...{ id, tasks, on, architecture, architectureFrom, parameters, bytes, macs },
    ...(leak !== undefined && { leak }),
    ...(controller !== undefined && { controller }),
  };
}
