import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { finetuneOptionsSchema, type FinetuneOptions } from './options.js';

/**
 * Trains one network on task after task and does nothing against forgetting: the lower bound.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = finetune({ epochs: 5 });
 */
export function finetune(options: Partial<FinetuneOptions> = {}): Strategy {
  const settings = parseOptions('finetune', finetuneOptionsSchema, options);
  return sharedNetwork('finetune', settings, fixedArchitecture(settings), {});
}
