import type { FrozenWeights } from './frozen-weights.js';
import type { Domain } from './input.js';

/** A pretrained network for experts to stand on, as a strategy is handed it. */
export interface FrozenBackbone {
  /** Of the network: `efficientnet-lite0`. */
  readonly name: string;
  readonly domain: Domain;
  readonly weights: FrozenWeights;
  /** Images are resized to `side` x `side`; null for a network of something else. */
  readonly side: number | null;
}
