import type { FrozenBaseRef } from '../core/expert.js';
import type { FrozenBackbone } from '../core/frozen-backbone.js';
import type { FrozenWeights } from '../core/frozen-weights.js';
import type { Input } from '../core/input.js';
import type { NamedArray } from '../core/snapshot.js';
import { hashArrays } from '../data/hash-arrays.js';
import type { Network } from '../nn/network.js';

/** A frozen network for experts to stand on. */
export interface FrozenBase {
  /** How an expert names it. */
  readonly ref: FrozenBaseRef;
  /** Of an expert: its two vectors, as `parameters` and `statistics`. */
  readonly weights: FrozenWeights;
  /** Where it is an expert: its network, and the inputs that it takes. */
  readonly expert?: { readonly network: Network; readonly input: Input };
}

/**
 * Weights as a backbone, for a kind of expert that knows what to do with them.
 *
 * @param name as experts and reports have it
 */
export function frozenBackbone(name: string, arrays: Readonly<Record<string, NamedArray>>): FrozenBase {
  const sha256 = hashArrays(arrays);
  return { ref: { backbone: name, sha256 }, weights: { sha256, arrays } };
}

/** The backbone that a strategy is handed, as a base. */
export const backboneBase = ({ name, weights }: FrozenBackbone): FrozenBase => ({
  ref: { backbone: name, sha256: weights.sha256 },
  weights,
});

/** A base in words: `backbone tiny with weights 1f0c…`. */
export function describeBase(ref: FrozenBaseRef): string {
  return `${'backbone' in ref ? `backbone ${ref.backbone}` : `expert ${ref.expert}`} with weights ${ref.sha256}`;
}
