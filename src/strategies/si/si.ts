import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { sharedNetwork } from '../shared/network.js';
import { heldByPenalty } from '../shared/penalty-method.js';
import { heldLength, movedPenalty } from '../shared/quadratic-penalty.js';
import type { Strategy } from '../strategy.js';
import { siOptionsSchema, type SiOptions } from './options.js';
import { pathTerm } from './path-term.js';

/**
 * Synaptic intelligence (Zenke, Poole, Ganguli, "Continual Learning Through Synaptic Intelligence", ICML 2017, eqs. 3 to 5): adds
 * c sum of Omega (w - w*)^2. A weight's Omega grows after each task by the part it had in the fall of the task's loss (the path integral of
 * gradient times change) over its squared change plus xi. Negative parts count as none, so that the penalty never rewards change.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = si({ strength: 0.5 });
 */
export function si(options: Partial<SiOptions> = {}): Strategy {
  const settings = parseOptions('si', siOptionsSchema, options);
  return sharedNetwork(
    'si',
    settings,
    fixedArchitecture(settings),
    heldByPenalty(settings, {
      factor: 2 * settings.strength,
      terms: [pathTerm],
      start: (training) => ({ carried: { path: new Float32Array(heldLength(training)) } }),
      next(training, { weights, carried }, old) {
        const path = carried?.['path'] ?? new Float32Array(heldLength(training));
        const importance = path.map((part, i) => {
          const change = (weights[i] ?? 0) - (training.initial.weights[i] ?? 0);
          return Math.max(0, part) / (change * change + settings.damping);
        });
        return movedPenalty(old, { importance, anchor: weights.slice(0, importance.length) }, 1);
      },
    }),
  );
}
