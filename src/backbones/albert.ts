import type { NamedArray } from '../core/snapshot.js';
import { tf } from '../nn/backend.js';
import { geluByTanh } from '../nn/gelu-by-tanh.js';
import { albertSize } from './albert-weights.js';
import type { Backbone, Stage } from './backbone.js';
import { bertLayer, bertSites, embedTokens, meanOfTokens, presence } from './bert-layer.js';
import { linear } from './transformer.js';

/**
 * ALBERT (Lan et al., "ALBERT: A Lite BERT for Self-supervised Learning of Language Representations", ICLR 2020): embeddings of few numbers, made as wide as hidden states by a linear map, and one layer that is
 * applied again and again. Otherwise as `minilm`: stages `embeddings` and `layer0` on, one for each time, with sites of their own.
 *
 * @param arrays as `albertWeights` gives them
 */
export function albert(arrays: Readonly<Record<string, NamedArray>>): Backbone {
  const { width, heads, layers, tokens, positions } = albertSize(arrays, 'albert');
  const names = Array.from({ length: layers }, (_, i) => `layer${i}`);
  const embed: Stage['run'] = (pass, ids) => {
    const narrow = embedTokens(pass, ids);
    return tf.mul(linear(pass, 'map', narrow), presence(narrow));
  };
  return {
    name: 'albert',
    domain: 'text',
    stages: [
      { name: 'embeddings', run: embed },
      ...names.map((name): Stage => ({
        name,
        run: (pass, x) => bertLayer(pass, { name, weights: 'layer', heads, activation: geluByTanh }, x),
      })),
    ],
    upper: names.slice(-Math.ceil(layers / 2)),
    sites: names.flatMap((stage) => bertSites(stage, width)),
    size: width,
    text: { tokens, positions },
    prepare: (ids) => ids,
    pool: meanOfTokens,
  };
}
