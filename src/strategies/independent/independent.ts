import { parseOptions } from '../options.js';
import { gated } from '../shared/gated.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { independentOptionsSchema, type IndependentOptions } from './options.js';

/**
 * A network of its own for every task: nothing is forgotten, nothing is shared, and the size grows with every task. Tasks may have inputs of any
 * shape.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = independent({ epochs: 5 });
 */
export function independent(options: Partial<IndependentOptions> = {}): Strategy {
  const settings = parseOptions('independent', independentOptionsSchema, options);
  return sharedNetwork('independent', settings, fixedArchitecture(settings), { separate: true, ...gated(settings) });
}
