import type { NamedArray } from '../core/snapshot.js';
import { tf } from '../nn/backend.js';
import { geluByTanh } from '../nn/gelu-by-tanh.js';
import { albertSize } from './albert-weights.js';
import type { Backbone, Stage } from './backbone.js';
import { bertEncoder } from './bert-encoder.js';
import { embedTokens, presence } from './bert-layer.js';
import { linear } from './transformer.js';

/**
 * ALBERT (Lan et al., "ALBERT: A Lite BERT for Self-supervised Learning of Language Representations", ICLR 2020): embeddings of few numbers, made as wide as hidden states by a linear map, and one layer that is
 * applied again and again, each time as a stage with sites of its own.
 *
 * @param arrays as `albertWeights` gives them
 */
export function albert(arrays: Readonly<Record<string, NamedArray>>): Backbone {
  const size = albertSize(arrays, 'albert');
  const embed: Stage['run'] = (pass, ids) => {
    const narrow = embedTokens(pass, ids);
    return tf.mul(linear(pass, 'map', narrow), presence(narrow));
  };
  return bertEncoder({ name: 'albert', size, embed, weightsOf: () => 'layer', activation: geluByTanh });
}
