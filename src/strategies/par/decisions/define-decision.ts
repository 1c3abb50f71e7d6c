import type { DecisionOf } from '../../../core/decision.js';
import type { DecisionKind, Means, Start } from './decision-kind.js';
import type { Numbers } from './numbers.js';
import type { ParOptions } from '../options.js';

export interface DecisionDefinition {
  /** As reports have it. */
  readonly name: string;
  /** The decision, with what reports say of it, where it applies to these numbers. */
  propose(numbers: Numbers, options: ParOptions): Omit<DecisionOf<'own'>, 'kind' | 'name'> | undefined;
  /** How learning starts after it; undefined as long as an architecture has to be searched for. */
  start(decision: DecisionOf<'own'>, means: Means): Start | undefined;
}

/** Makes a kind of decision for `definePar`. Its decisions are kept with the run, with their words, so reports need nothing else. */
export function defineDecision(definition: DecisionDefinition): DecisionKind<DecisionOf<'own'>> {
  const { name } = definition;
  return {
    name,
    propose(numbers, options) {
      const proposed = definition.propose(numbers, options);
      return proposed && { ...proposed, kind: 'own', name };
    },
    start: (decision, means) => definition.start(decision, means),
  };
}
