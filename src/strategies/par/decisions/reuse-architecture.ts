import type { DecisionOf } from '../../../core/decision.js';
import { baseOf } from '../../../experts/expert-base.js';
import { expertNamed } from '../../../experts/memory.js';
import type { DecisionKind } from './decision-kind.js';
import { comparable, measuredFrom, nearestOf } from './numbers.js';

/**
 * A new expert with the architecture of the nearest one whose inputs are of the same domain, up to `allocateThreshold`; where that is a patch, of the expert that it
 * stands on.
 */
export const reuseArchitecture: DecisionKind<DecisionOf<'reuse-architecture'>> = {
  name: 'reuse-architecture',
  propose(numbers, { regularizeThreshold: alpha, allocateThreshold: beta }) {
    const candidates = numbers.groups.filter(comparable);
    const model = nearestOf(numbers, candidates);
    if (!model) return undefined;
    const { expert } = model;
    const from = model.base ?? expert;
    const distance = numbers.distance(model);
    if (distance > beta) return undefined;
    const why = distance <= alpha ? `at most ${alpha}, but its inputs have another shape` : `above ${alpha} and at most ${beta}`;
    return {
      ...{ kind: 'reuse-architecture', from, threshold: beta },
      ...measuredFrom(numbers, model),
      reason: `Divergence ${distance.toFixed(3)} from ${expert} is ${why}: a new expert with the architecture of ${from}${from === expert ? '' : `, which ${expert} is a patch on`}.`,
    };
  },
  start({ from }, { memory, newExpert }) {
    const model = expertNamed(memory, from);
    return { expert: newExpert(model.architecture, from, baseOf(memory, model)), added: true, phase: 'train' };
  },
};
