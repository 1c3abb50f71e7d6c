import { backboneNamed } from '../backbones/registry.js';
import { LifelongError } from '../core/errors.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { RecurrentArchitecture } from './modules/recurrent.js';
import { patchArchitecture } from './patch-architecture.js';

/** Options of recurrent adapters. */
export type RecurrentOptions = Partial<Omit<RecurrentArchitecture, 'kind' | 'module' | 'side' | 'stages' | 'readout'>>;

/**
 * A controller over the layers of a backbone: over all of them, or over these stages.
 *
 * @throws LifelongError `config` for a backbone whose layers have several widths, and for fewer than two layers under a recurrence
 */
export function recurrentArchitecture(on: FrozenBackbone, options: RecurrentOptions, given?: readonly string[]): RecurrentArchitecture {
  const { sites } = backboneNamed(on.name, on.weights.arrays);
  const widths = new Map(sites.map(({ stage, channels }) => [stage, channels]));
  const { side, stages } = patchArchitecture(on, given ?? [...widths.keys()]);
  const layers = stages.filter((stage) => widths.has(stage));
  const found = layers.map((stage) => `${stage} ${widths.get(stage)}`).join(', ') || stages.join(', ');
  if (on.domain === 'image' || new Set(layers.map((stage) => widths.get(stage))).size > 1) {
    throw new LifelongError(
      'config',
      `recurrent: a backbone for texts or sounds, with layers of one width, expected, found ${on.name}: ${found}`,
      'take patch, or backbone minilm or whisper-tiny',
    );
  }
  const { recurrence = 'indrnn' } = options;
  if (layers.length < (recurrence === 'none' ? 1 : 2)) {
    const wanted = recurrence === 'none' ? 'a layer' : 'two layers or more';
    throw new LifelongError('config', `recurrent: stages with ${wanted} expected, found ${found}`, 'leave stages out, or take adapter');
  }
  return {
    ...{ kind: 'attached', module: 'recurrent', side, stages: layers, recurrence },
    stateSize: options.stateSize ?? 64,
    adapterHead: options.adapterHead ?? 'linear',
    headUnits: options.headUnits ?? 16,
    controller: options.controller ?? 'freeze-after-first',
    warmup: options.warmup ?? 2,
  };
}
