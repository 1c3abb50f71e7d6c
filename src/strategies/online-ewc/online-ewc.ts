import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { fisherInformation } from '../shared/measure-importance.js';
import { sharedNetwork } from '../shared/network.js';
import { heldByPenalty } from '../shared/penalty-method.js';
import { movedPenalty, penaltyAround } from '../shared/quadratic-penalty.js';
import type { Strategy } from '../strategy.js';
import { onlineEwcOptionsSchema, type OnlineEwcOptions } from './options.js';

/**
 * Online elastic weight consolidation (Schwarz et al., "Progress & Compress", ICML 2018, eq. 9): as EWC, but one penalty
 * lambda/2 sum of gamma F (w - w*)^2 around the latest weights, where F <- gamma F + F of the task.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = onlineEwc({ lambda: 100, gamma: 0.9 });
 */
export function onlineEwc(options: Partial<OnlineEwcOptions> = {}): Strategy {
  const settings = parseOptions('online-ewc', onlineEwcOptionsSchema, options);
  return sharedNetwork(
    'online-ewc',
    settings,
    fixedArchitecture(settings),
    heldByPenalty(settings, {
      factor: settings.lambda * settings.gamma,
      next: async (training, trained, old) =>
        movedPenalty(old, penaltyAround(training, trained, await fisherInformation(training, trained, settings)), settings.gamma),
    }),
  );
}
