import { LifelongError } from '../core/errors.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { AttachedModule } from './attached-modules.js';
import { backboneNamed } from '../backbones/registry.js';
import type { AdapterArchitecture } from './modules/adapter.js';
import type { EditArchitecture } from './modules/edit.js';
import type { AttachedArchitecture } from './modules/module.js';
import type { UnfrozenArchitecture } from './modules/unfrozen.js';
import { patchArchitecture } from './patch-architecture.js';
import { recurrentArchitecture, type RecurrentOptions } from './recurrent-architecture.js';

/** What is attached to a backbone. */
export interface AttachedOptions extends RecurrentOptions {
  /** Patches on images and adapters on texts and sounds unless given. */
  readonly module?: AttachedModule | undefined;
  /** Names of its stages; its upper ones unless given, but all layers for a controller. The order in which they are named says nothing. */
  readonly stages?: readonly string[] | undefined;
  /** Of adapters: 16, and each layer its own, unless given. */
  readonly bottleneck?: number;
  readonly depthSharing?: AdapterArchitecture['depthSharing'];
  /** Of edits: 4, `joint` and `identity` unless given. */
  readonly rank?: number;
  readonly orthogonality?: EditArchitecture['orthogonality'];
  readonly init?: EditArchitecture['init'];
  /** What heads read: the last stage unless given. */
  readonly readout?: AttachedArchitecture['readout'];
}

/**
 * A module on stages of a backbone.
 *
 * @throws LifelongError `config` for adapters, edits or a controller on a backbone for images, edits on one for sounds, edits of more dimensions than hidden states have, or a controller over fewer than two layers
 */
export function attachedArchitecture(on: FrozenBackbone, { stages, ...options }: AttachedOptions): AttachedArchitecture {
  const { module = on.domain === 'image' ? 'patch' : 'adapter', bottleneck = 16, depthSharing = 'per-layer' } = options;
  const readout = options.readout === 'every' && { readout: options.readout };
  if (module === 'recurrent') return { ...recurrentArchitecture(on, options, stages), ...readout };
  const patched = { ...patchArchitecture(on, stages), ...readout };
  if (module === 'patch') return patched;
  if (module === 'unfrozen') return { ...patched, module } satisfies UnfrozenArchitecture;
  if (on.domain === 'image' || (module === 'edit' && on.domain !== 'text')) {
    const wanted = module === 'edit' ? 'texts' : 'texts or sounds';
    throw new LifelongError('config', `${module}s: a backbone for ${wanted} expected, found ${on.name}`, 'take patch, or backbone minilm');
  }
  if (module === 'adapter') return { ...patched, module, bottleneck, depthSharing } satisfies AdapterArchitecture;
  const { rank = 4, orthogonality = 'joint', init = 'identity' } = options;
  const { size } = backboneNamed(on.name, on.weights.arrays);
  if (rank > size) {
    throw new LifelongError('config', `edits: a rank of up to ${size}, as hidden states of ${on.name} have, expected, found ${rank}`);
  }
  return { ...patched, module, rank, orthogonality, init } satisfies EditArchitecture;
}
