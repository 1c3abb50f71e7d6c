import type { DecisionOf } from '../../../core/decision.js';
import type { DecisionKind } from './decision-kind.js';
import { comparable, measuredFrom, nearestOf } from './numbers.js';

/** A new expert with an architecture that is searched for the task: for the first task of a domain, and where nothing else applies. */
export const search: DecisionKind<DecisionOf<'search'>> = {
  name: 'search',
  propose(numbers, { allocateThreshold: beta }) {
    const { groups, divergences, noiseFloor } = numbers;
    const nearest = nearestOf(numbers, groups.filter(comparable));
    if (!nearest) {
      const reason =
        groups.length === 0
          ? 'Nothing is known yet: the first task searches its architecture.'
          : 'Nothing is known yet of such inputs: their first task searches its architecture.';
      return { kind: 'search', threshold: null, divergences, noiseFloor, reason };
    }
    const distance = numbers.distance(nearest).toFixed(3);
    return {
      ...{ kind: 'search', threshold: beta },
      ...measuredFrom(numbers, nearest),
      reason: `Divergence ${distance} from ${nearest.expert} is above ${beta}: too hard for what is known, a new expert with an architecture of its own.`,
    };
  },
  start: (_, { found, newExpert }) => found && { expert: newExpert(found, 'searched'), added: true, phase: 'train' },
};
