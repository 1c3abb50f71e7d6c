import { backboneNamed } from '../backbones/registry.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { PatchArchitecture } from './modules/patch.js';

/** A patch on these stages of a backbone, on its upper ones unless given; the order in which they are named says nothing. */
export function patchArchitecture({ name, weights, side }: FrozenBackbone, given?: readonly string[]): PatchArchitecture {
  const backbone = backboneNamed(name, weights.arrays);
  const order = backbone.stages.map((stage) => stage.name);
  const stages = [...new Set(given ?? backbone.upper)].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return { kind: 'attached', module: 'patch', side, stages };
}
