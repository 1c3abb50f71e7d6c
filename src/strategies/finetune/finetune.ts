import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { finetuneOptionsSchema, type FinetuneOptions } from './options.js';

/**
 * Trains one network on task after task and does nothing against forgetting: the lower bound.
 *
 * @param options published values where not given
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 */
export function finetune(options: Partial<FinetuneOptions> = {}): Strategy {
  const settings = parseOptions('finetune', finetuneOptionsSchema, options);
  return sharedNetwork('finetune', settings, fixedArchitecture(settings), {});
}
