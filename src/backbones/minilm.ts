import type { NamedArray } from '../core/snapshot.js';
import { gelu } from '../nn/gelu.js';
import type { Backbone } from './backbone.js';
import { bertEncoder } from './bert-encoder.js';
import { embedTokens } from './bert-layer.js';
import { bertSize } from './bert-weights.js';

/**
 * A BERT encoder (Devlin et al. 2019), such as MiniLM-L6-H384 trained to embed sentences (Wang et al. 2020; Reimers, Gurevych 2019).
 *
 * @param arrays as `bertWeights` gives them
 */
export function minilm(arrays: Readonly<Record<string, NamedArray>>): Backbone {
  const size = bertSize(arrays, 'minilm');
  return bertEncoder({ name: 'minilm', size, embed: embedTokens, weightsOf: (layer) => layer, activation: gelu });
}
