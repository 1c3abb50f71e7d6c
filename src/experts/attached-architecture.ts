import { LifelongError } from '../core/errors.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { AdapterArchitecture } from './modules/adapter.js';
import type { AttachedArchitecture } from './modules/module.js';
import { patchArchitecture } from './patch-architecture.js';

/** What is attached to a backbone. */
export interface AttachedOptions {
  /** Patches on images and adapters on texts and sounds unless given. */
  readonly module?: 'patch' | 'adapter' | undefined;
  /** Names of its stages; its upper ones unless given. The order in which they are named says nothing. */
  readonly stages?: readonly string[] | undefined;
  /** Of adapters: 16, and each layer its own, unless given. */
  readonly bottleneck?: number;
  readonly depthSharing?: AdapterArchitecture['depthSharing'];
}

/** A module on stages of a backbone. @throws LifelongError `config` for adapters on a backbone for images */
export function attachedArchitecture(
  on: FrozenBackbone,
  { module = on.domain === 'image' ? 'patch' : 'adapter', stages, bottleneck = 16, depthSharing = 'per-layer' }: AttachedOptions,
): AttachedArchitecture {
  const patched = patchArchitecture(on, stages);
  if (module === 'patch') return patched;
  if (on.domain === 'image') {
    throw new LifelongError(
      'config',
      `adapters: a backbone for texts or sounds expected, found ${on.name}`,
      'take patch, or backbone minilm',
    );
  }
  return { ...patched, module, bottleneck, depthSharing } satisfies AdapterArchitecture;
}
