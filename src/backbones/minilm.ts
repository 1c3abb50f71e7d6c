import type { NamedArray } from '../core/snapshot.js';
import { gelu } from '../nn/gelu.js';
import type { Backbone, Stage } from './backbone.js';
import { bertLayer, bertSites, embedTokens, meanOfTokens } from './bert-layer.js';
import { bertSize } from './bert-weights.js';

/**
 * A BERT encoder (Devlin et al. 2019), such as MiniLM-L6-H384 trained to embed sentences (Wang et al. 2020; Reimers, Gurevych 2019). Inputs are ids of tokens `[n, length]`: 0 behind the end of a text, and
 * negative in the second text of a pair. Pooled, the mean over the tokens of the last layer, as sentence-transformers has it before it brings vectors to length 1.
 *
 * Stages `embeddings` and `layer0` on, hidden states `[n, length, d]`. Where there is no token a hidden state is 0, which no token's is behind a norm: that is how a stage knows, and why the padding of a
 * batch says nothing. Sites behind the attention and the feed-forward part of each layer, before they are added to what came in, and behind both norms.
 *
 * @param arrays as `bertWeights` gives them
 */
export function minilm(arrays: Readonly<Record<string, NamedArray>>): Backbone {
  const { width, heads, layers, tokens, positions } = bertSize(arrays, 'minilm');
  const names = Array.from({ length: layers }, (_, i) => `layer${i}`);
  return {
    name: 'minilm',
    domain: 'text',
    stages: [
      { name: 'embeddings', run: embedTokens },
      ...names.map((name): Stage => ({ name, run: (pass, x) => bertLayer(pass, { name, weights: name, heads, activation: gelu }, x) })),
    ],
    upper: names.slice(-Math.ceil(layers / 2)),
    sites: names.flatMap((stage) => bertSites(stage, width)),
    size: width,
    text: { tokens, positions },
    prepare: (ids) => ids,
    pool: meanOfTokens,
  };
}
