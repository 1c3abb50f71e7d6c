import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { fisherInformation } from '../shared/measure-importance.js';
import { sharedNetwork } from '../shared/network.js';
import { heldByPenalty } from '../shared/penalty-method.js';
import { penaltyAround, sumOfPenalties } from '../shared/quadratic-penalty.js';
import type { Strategy } from '../strategy.js';
import { ewcOptionsSchema, type EwcOptions } from './options.js';

/**
 * Elastic weight consolidation (Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 2017, eq. 3). Each learned task
 * adds lambda/2 sum of F (w - w*)^2 to the loss: F is the diagonal Fisher information, the mean over examples of the squared gradient of the
 * log-likelihood; w* the weights after the task.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = ewc({ lambda: 100 });
 */
export function ewc(options: Partial<EwcOptions> = {}): Strategy {
  const settings = parseOptions('ewc', ewcOptionsSchema, options);
  return sharedNetwork(
    'ewc',
    settings,
    fixedArchitecture(settings),
    heldByPenalty(settings, {
      factor: settings.lambda,
      next: async (training, trained, old) =>
        sumOfPenalties(old, penaltyAround(training, trained, await fisherInformation(training, trained, settings))),
    }),
  );
}
