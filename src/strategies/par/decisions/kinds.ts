import type { Decision, DecisionOf } from '../../../core/decision.js';
import type { DecisionKind } from './decision-kind.js';
import { attach } from './attach.js';
import { regularize } from './regularize.js';
import { reuseArchitecture } from './reuse-architecture.js';
import { search } from './search.js';

const builtIn: { readonly [Kind in Exclude<Decision['kind'], 'own'>]: DecisionKind<DecisionOf<Kind>> } = {
  regularize,
  attach,
  'reuse-architecture': reuseArchitecture,
  search,
};

/** The kinds of decisions of PAR, in the order in which they are considered: the first that applies is taken. */
export const decisionKinds: readonly DecisionKind[] = Object.values<DecisionKind>(builtIn);
