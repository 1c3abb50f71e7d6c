import type { ExpertKind } from '../../experts/expert-kind.js';
import { expertKinds } from '../../experts/kinds.js';
import { defineStrategy, type DefinedStrategy } from '../define-strategy.js';
import type { DecisionKind } from './decisions/decision-kind.js';
import { parOptionsSchema } from './options.js';
import { Par } from './par-strategy.js';

/**
 * Makes a strategy that is PAR with other kinds of decisions: the first that applies is taken. It has PAR's options and a name of its own, so that
 * a run made with it is not gone on with by PAR itself.
 *
 * @param decisions in the order in which they are considered; one of them applies to every task, as a search does
 * @param kinds kinds of experts, besides the built-in ones, that its decisions make
 * @example
 * const carefulPar = definePar({ name: 'careful-par', decisions: [mine, ...decisionKinds] });
 */
export function definePar({
  name,
  decisions,
  kinds = [],
}: {
  readonly name: string;
  readonly decisions: readonly DecisionKind[];
  readonly kinds?: readonly ExpertKind[];
}): DefinedStrategy<typeof parOptionsSchema.shape> {
  return defineStrategy({
    name,
    options: parOptionsSchema.shape,
    create: (options) => new Par(name, options, decisions, [...expertKinds, ...kinds]),
  });
}
