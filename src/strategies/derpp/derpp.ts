import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { derppMethod } from './derpp-method.js';
import { derppOptionsSchema, type DerppOptions } from './options.js';

/**
 * Dark experience replay++ (Buzzega et al., "Dark Experience for General Continual Learning", NeurIPS 2020, eq. 6): to the loss of the new
 * examples come alpha times the mean squared difference between the logits of kept examples now and when they were kept, and beta times the
 * cross-entropy of other kept examples. Published code keeps logits while it trains; here they are those of the network that has learned the
 * task, and the memory is balanced over the classes seen.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = derpp({ memory: 200, alpha: 0.3 });
 */
export function derpp(options: Partial<DerppOptions> = {}): Strategy {
  const settings = parseOptions('derpp', derppOptionsSchema, options);
  return sharedNetwork('derpp', settings, fixedArchitecture(settings), derppMethod(settings));
}
