import type { DecisionOf } from '../../../core/decision.js';
import { frozenExpertBase } from '../../../experts/expert-base.js';
import { expertNamed } from '../../../experts/memory.js';
import type { ParOptions } from '../options.js';
import type { DecisionKind } from './decision-kind.js';
import { measuredFrom, nearestOf } from './numbers.js';

/**
 * With `attach: patch` a new patch on the nearest expert whose inputs have the same shape, up to `attachThreshold`; also where the task is near enough to join an expert
 * that carries patches: training it further would change what they answer. That of a patch is another patch on the same expert.
 */
export const attach: DecisionKind<DecisionOf<'attach'>> = {
  name: 'attach',
  propose(numbers, options) {
    if (options.attach === 'none') return undefined;
    const { regularizeThreshold: alpha } = options;
    const home = nearestOf(
      numbers,
      numbers.groups.filter(({ fit }) => fit === 'join'),
    );
    if (!home?.base) return undefined;
    const { base, expert, patches = [] } = home;
    const distance = numbers.distance(home);
    const near = distance <= alpha;
    const threshold = near ? alpha : attachLimit(options);
    if (distance > threshold) return undefined;
    const why = near
      ? `at most ${alpha}, but ${patches.join(', ')} stand${patches.length > 1 ? '' : 's'} on it and would answer otherwise if it learned further`
      : `above ${alpha} and at most ${threshold}`;
    const beside = base === expert ? '' : `, as ${expert} is`;
    return {
      ...{ kind: 'attach', module: 'patch', on: base, from: expert, threshold },
      ...measuredFrom(numbers, home),
      reason: `Divergence ${distance.toFixed(3)} from ${expert} is ${why}: a patch on ${base}${beside}; ${base} stays as it is.`,
    };
  },
  start({ on, from }, { memory, newExpert }) {
    return { expert: newExpert({ kind: 'patched' }, from, frozenExpertBase(expertNamed(memory, on))), added: true, phase: 'train' };
  },
};

/** Up to which divergence a task gets a patch. */
const attachLimit = ({
  attachThreshold,
  regularizeThreshold: alpha,
  allocateThreshold: beta,
}: Pick<ParOptions, 'attachThreshold' | 'regularizeThreshold' | 'allocateThreshold'>) => attachThreshold ?? (Math.max(0, alpha) + beta) / 2;
