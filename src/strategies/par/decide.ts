import type { Decision } from '../../core/decision.js';
import { LifelongError } from '../../core/errors.js';
import { decisionKinds } from './decisions/kinds.js';
import { numbersOf, type Group } from './decisions/numbers.js';
import type { ParOptions } from './options.js';

/**
 * What to do with a task of `trainSize` examples (PAR section 3): nothing known → search; few-shot → reuse a well-trained expert; near →
 * regularize inside the nearest expert; less near → its architecture; far → an architecture of its own.
 */
export function decide(
  trainSize: number,
  groups: readonly Group[],
  noiseFloor: number | null,
  options: ParOptions,
  kinds = decisionKinds,
): Decision {
  const numbers = numbersOf(trainSize, groups, noiseFloor, options);
  for (const kind of kinds) {
    const decision = kind.propose(numbers, options);
    if (decision) return decision;
  }
  throw new LifelongError(
    'usage',
    `a kind of decision that applies expected, found none among ${kinds.map(({ name }) => name).join(', ')}`,
    'put search last',
  );
}
