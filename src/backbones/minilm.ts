import type { NamedArray } from '../core/snapshot.js';
import { tf, type Tensor } from '../nn/backend.js';
import { gelu } from '../nn/gelu.js';
import type { Backbone, BackbonePass, Site, Stage } from './backbone.js';
import { bertSize } from './bert-weights.js';
import { attention, layerNorm, linear } from './transformer.js';

/** Of BERT's layer norms. */
const epsilon = 1e-12;

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
    stages: [{ name: 'embeddings', run: embed }, ...names.map((name): Stage => ({ name, run: (pass, x) => layer(pass, name, heads, x) }))],
    upper: names.slice(-Math.ceil(layers / 2)),
    sites: names.flatMap((stage) =>
      (['attention', 'attention-norm', 'feed-forward', 'output-norm'] as const).map((part): Site => ({
        name: `${stage}/${part}`,
        stage,
        channels: width,
        kind: part.endsWith('norm') ? 'norm' : 'block',
      })),
    ),
    size: width,
    text: { tokens, positions },
    prepare: (ids) => ids,
    pool: (x) => tf.div(tf.sum(x, 1), tf.maximum(tf.sum(presence(x), 1), 1)),
  };
}

/** Ids of tokens `[n, length]` to hidden states `[n, length, d]`. */
function embed(pass: BackbonePass, ids: Tensor): Tensor {
  const [, length = 0] = ids.shape;
  const words = tf.gather(pass.weight('embeddings/words'), tf.abs(ids));
  const places = tf.slice(pass.weight('embeddings/positions'), 0, length);
  const segments = pass.weight('embeddings/segments');
  const first = tf.slice(segments, 0, 1);
  const second = tf.mul(tf.expandDims(tf.cast(tf.less(ids, 0), 'float32'), 2), tf.sub(tf.slice(segments, 1, 1), first));
  const present = tf.expandDims(tf.cast(tf.notEqual(ids, 0), 'float32'), 2);
  return tf.mul(norm(pass, 'embeddings/norm', tf.add(tf.add(words, tf.add(places, first)), second)), present);
}

/** One layer: every token looks at every other, then each goes through two linear maps of its own; each part is added to what came in, and normed. */
function layer(pass: BackbonePass, name: string, heads: number, x: Tensor): Tensor {
  const present = presence(x);
  const looked = pass.site(`${name}/attention`, linear(pass, `${name}/attended`, attend(pass, name, heads, x, present)));
  const middle = pass.site(`${name}/attention-norm`, norm(pass, `${name}/attention-norm`, tf.add(x, looked)));
  const wide = gelu(linear(pass, `${name}/widen`, middle));
  const forward = pass.site(`${name}/feed-forward`, linear(pass, `${name}/narrow`, wide));
  return tf.mul(pass.site(`${name}/output-norm`, norm(pass, `${name}/output-norm`, tf.add(middle, forward))), present);
}

/** Nothing looks at padding. */
function attend(pass: BackbonePass, name: string, heads: number, x: Tensor, present: Tensor): Tensor {
  const [n = 0, length = 0] = x.shape;
  return attention(pass, name, heads, x, tf.reshape(tf.mul(tf.sub(present, 1), 1e9), [n, 1, 1, length]));
}

const norm = (pass: BackbonePass, name: string, x: Tensor): Tensor => layerNorm(pass, name, x, epsilon);

/** 1 where a hidden state `[n, length, d]` is a token's, 0 where it is none: `[n, length, 1]`. No gradient goes through it. */
function presence(x: Tensor): Tensor {
  return tf.customGrad((hidden) => ({
    value: tf.cast(tf.any(tf.notEqual(hidden as Tensor, 0), -1, true), 'float32'),
    gradFunc: () => tf.fill(x.shape, 0),
  }))(x);
}
