import { decisionName, type Decision } from '../../core/decision.js';
import { LifelongError } from '../../core/errors.js';
import type { Task } from '../../core/task.js';
import type { Memory } from '../../experts/memory.js';
import { ownNumbers } from '../../experts/shared-controller.js';
import { headLayout } from '../../nn/head.js';
import type { Network } from '../../nn/network.js';
import type { Numbers } from './decisions/numbers.js';
import { joinForCap } from './decisions/regularize.js';
import type { ParOptions } from './options.js';

/** What there would be with a task's new expert: all experts, and the parameters of them and of all heads. */
export interface Growth {
  readonly experts: number;
  readonly parameters: number;
}

/** What a task's new expert, with this network, and the task's head would make of what there is. */
export function grownBy(network: Network, { classes }: Pick<Task, 'classes'>, { experts, tasks }: Memory): Growth {
  const ofExperts = experts.reduce((sum, expert, i) => sum + ownNumbers(expert.network, experts.slice(0, i)), 0);
  const ofHeads = tasks.reduce((sum, { head }) => sum + head.length, 0);
  const added = ownNumbers(network, experts) + headLayout(network.featureSize, classes.length).size;
  return { experts: experts.length + 1, parameters: ofExperts + ofHeads + added };
}

type Caps = Pick<ParOptions, 'maxExperts' | 'maxParameters'>;

/** Whether growth has a cap. */
export const isCapped = ({ maxExperts, maxParameters }: Caps): boolean => maxExperts !== undefined || maxParameters !== undefined;

/**
 * The decision, or, where its new expert would exceed a cap, that the task joins the nearest expert.
 *
 * @param grown what there would be with the new expert
 * @throws LifelongError `config` where no expert takes the task's inputs, so that there is nothing to join
 */
export function withinCaps({ id }: Pick<Task, 'id'>, decision: Decision, grown: Growth, numbers: Numbers, options: Caps): Decision {
  const exceeded = exceededCap(grown, options);
  if (!exceeded) return decision;
  const { cap, limit, needed } = exceeded;
  const { amount, flag } = words[cap];
  const why = `${decision.reason} That would make ${amount(needed)}, and ${cap} is ${limit}.`;
  const joined = joinForCap(numbers, { instead: decisionName(decision), cap, limit, needed }, why);
  if (joined) return { ...joined, ...(decision.calibrated && { calibrated: decision.calibrated }) };
  throw new LifelongError(
    'config',
    `task ${id}: ${cap} of at least ${needed} expected, as no expert takes the task's inputs and it needs one of its own, found ${limit}`,
    `start a run with ${flag} ${needed}`,
  );
}

const words = {
  maxExperts: { amount: (needed: number) => `${needed} experts`, flag: '--max-experts' },
  maxParameters: { amount: (needed: number) => `up to ${needed} parameters`, flag: '--max-parameters' },
} as const;

function exceededCap({ experts, parameters }: Growth, { maxExperts, maxParameters }: Caps) {
  if (maxExperts !== undefined && experts > maxExperts) return { cap: 'maxExperts', limit: maxExperts, needed: experts } as const;
  if (maxParameters !== undefined && parameters > maxParameters) {
    return { cap: 'maxParameters', limit: maxParameters, needed: parameters } as const;
  }
  return undefined;
}
