import { parseOptions } from '../options.js';
import type { Strategy } from '../strategy.js';
import { decisionKinds } from './decisions/kinds.js';
import { parOptionsSchema, type ParOptions } from './options.js';
import { Par } from './par-strategy.js';

/** Options as a caller gives them: all optional. */
export type ParInput = Partial<ParOptions>;

/**
 * Parameter Allocation and Regularization (Wang, Hu, Chen, Zhang: "Task Difficulty Aware Parameter Allocation & Regularization for Lifelong
 * Learning", CVPR 2023). Each task is measured against what is known and then joins an expert, gets a new one with a known architecture, or
 * gets a new one with an architecture searched for it. Old data are never read again.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = par({ channels: 8, epochs: 3, samples: 4 });
 */
export function par(options: ParInput = {}): Strategy {
  return new Par('par', parseOptions('par', parOptionsSchema, options), decisionKinds);
}
