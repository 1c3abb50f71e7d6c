import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { measureImportance } from '../shared/measure-importance.js';
import { sharedNetwork } from '../shared/network.js';
import { heldByPenalty } from '../shared/penalty-method.js';
import { movedPenalty, penaltyAround } from '../shared/quadratic-penalty.js';
import type { Strategy } from '../strategy.js';
import { masOptionsSchema, type MasOptions } from './options.js';

/**
 * Memory aware synapses (Aljundi et al., "Memory Aware Synapses: Learning what (not) to forget", ECCV 2018, eqs. 3 to 5): adds
 * lambda sum of Omega (w - w*)^2, where Omega sums over the tasks the mean size of the gradient of the squared norm of the network's logits.
 * It needs no labels.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = mas({ lambda: 1 });
 */
export function mas(options: Partial<MasOptions> = {}): Strategy {
  const settings = parseOptions('mas', masOptionsSchema, options);
  return sharedNetwork(
    'mas',
    settings,
    fixedArchitecture(settings),
    heldByPenalty(settings, {
      factor: 2 * settings.lambda,
      next: async (training, trained, old) => {
        const omega = await measureImportance(training, trained, 'logits', settings.importanceExamples, 'given');
        return movedPenalty(old, penaltyAround(training, trained, omega), 1);
      },
    }),
  );
}
