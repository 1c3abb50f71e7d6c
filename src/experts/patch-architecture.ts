import { backboneNamed } from '../backbones/registry.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { PatchArchitecture } from './modules/patch.js';

/** The backbone's stages, by name, from its inputs up. */
export const stagesOf = ({ name, weights }: FrozenBackbone): string[] =>
  backboneNamed(name, weights.arrays).stages.map((stage) => stage.name);

/** A patch on these stages of a backbone, on all unless given; the order in which they are named says nothing. */
export function patchArchitecture(backbone: FrozenBackbone, stages: readonly string[] = stagesOf(backbone)): PatchArchitecture {
  const known = stagesOf(backbone);
  const named = [...new Set(stages)].sort((a, b) => known.indexOf(a) - known.indexOf(b));
  return { kind: 'attached', module: 'patch', side: backbone.side, stages: named };
}
