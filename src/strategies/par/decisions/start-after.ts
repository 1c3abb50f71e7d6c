import { decisionName, type Decision } from '../../../core/decision.js';
import { LifelongError } from '../../../core/errors.js';
import type { DecisionKind, Means, Start } from './decision-kind.js';

/**
 * How learning starts after a decision; undefined as long as an architecture has to be searched for.
 *
 * @throws LifelongError `usage` for a decision of none of these kinds
 */
export function startAfter(decision: Decision, kinds: readonly DecisionKind[], means: Means): Start | undefined {
  const name = decisionName(decision);
  const kind = kinds.find((candidate) => candidate.name === name);
  if (kind) return kind.start(decision, means);
  const known = kinds.map((candidate) => candidate.name).join(', ');
  throw new LifelongError(
    'usage',
    `a decision of kind ${known} expected, found ${name}`,
    'give the strategy the kinds that it was saved with',
  );
}
