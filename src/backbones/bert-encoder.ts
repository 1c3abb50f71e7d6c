import type { Backbone, Stage } from './backbone.js';
import { bertLayer, bertSites, meanOfTokens, type BertLayer } from './bert-layer.js';
import type { BertSize } from './bert-weights.js';

/** What encoders that are built like BERT differ in. */
export interface BertEncoder {
  readonly name: string;
  readonly size: BertSize;
  /** Ids of tokens `[n, length]` to hidden states `[n, length, d]`. */
  readonly embed: Stage['run'];
  /** What the weights of a layer are named by. */
  readonly weightsOf: (layer: string) => string;
  readonly activation: BertLayer['activation'];
}

/**
 * An encoder built like BERT (Devlin et al. 2019). Inputs are ids of tokens `[n, length]`: 0 behind the end of a text, and negative in the second text of a pair. Pooled, the mean over the tokens of the
 * last layer, as sentence-transformers has it before it brings vectors to length 1.
 *
 * Stages `embeddings` and `layer0` on, hidden states `[n, length, d]`. Where there is no token a hidden state is 0, which no token's is behind a norm: that is how a stage knows, and why the padding of a
 * batch says nothing. Sites behind the attention and the feed-forward part of each layer, before they are added to what came in, and behind both norms.
 */
export function bertEncoder({ name, size, embed, weightsOf, activation }: BertEncoder): Backbone {
  const { width, heads, layers, tokens, positions } = size;
  const names = Array.from({ length: layers }, (_, i) => `layer${i}`);
  const layer = (of: string): Stage => ({
    name: of,
    run: (pass, x) => bertLayer(pass, { name: of, weights: weightsOf(of), heads, activation }, x),
  });
  return {
    name,
    domain: 'text',
    stages: [{ name: 'embeddings', run: embed }, ...names.map(layer)],
    upper: names.slice(-Math.ceil(layers / 2)),
    sites: names.flatMap((stage) => bertSites(stage, width)),
    size: width,
    text: { tokens, positions },
    prepare: (ids) => ids,
    pool: meanOfTokens,
  };
}
