import type { Decision, DecisionOf } from '../../../core/decision.js';
import type { DecisionKind, Means, Start } from './decision-kind.js';
import { regularize } from './regularize.js';
import { reuseArchitecture } from './reuse-architecture.js';
import { search } from './search.js';

/** Every kind of decision, in the order in which they are considered: the first that applies is taken. */
export const decisionKinds: { readonly [Kind in Decision['kind']]: DecisionKind<DecisionOf<Kind>> } = {
  regularize,
  'reuse-architecture': reuseArchitecture,
  search,
};

/** How learning starts after a decision; undefined as long as an architecture has to be searched for. */
export function startAfter(decision: Decision, means: Means): Start | undefined {
  const kind: DecisionKind = decisionKinds[decision.kind];
  return kind.start(decision, means);
}
