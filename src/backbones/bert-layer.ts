import { tf, type Tensor } from '../nn/backend.js';
import type { BackbonePass, Site } from './backbone.js';
import { attention, layerNorm, linear } from './transformer.js';

/** Of BERT's layer norms. */
const epsilon = 1e-12;

/** Ids of tokens `[n, length]` to hidden states `[n, length, d]`. */
export function embedTokens(pass: BackbonePass, ids: Tensor): Tensor {
  const [, length = 0] = ids.shape;
  const words = tf.gather(pass.weight('embeddings/words'), tf.abs(ids));
  const places = tf.slice(pass.weight('embeddings/positions'), 0, length);
  const segments = pass.weight('embeddings/segments');
  const first = tf.slice(segments, 0, 1);
  const second = tf.mul(tf.expandDims(tf.cast(tf.less(ids, 0), 'float32'), 2), tf.sub(tf.slice(segments, 1, 1), first));
  const present = tf.expandDims(tf.cast(tf.notEqual(ids, 0), 'float32'), 2);
  return tf.mul(norm(pass, 'embeddings/norm', tf.add(tf.add(words, tf.add(places, first)), second)), present);
}

/** What a layer of BERT is built with. */
export interface BertLayer {
  /** What its sites are named by. */
  readonly name: string;
  /** What its weights are named by: `name`, but where layers share theirs. */
  readonly weights: string;
  readonly heads: number;
  readonly activation: (x: Tensor) => Tensor;
}

/** One layer: every token looks at every other, then each goes through two linear maps of its own; each part is added to what came in, and normed. */
export function bertLayer(pass: BackbonePass, { name, weights, heads, activation }: BertLayer, x: Tensor): Tensor {
  const present = presence(x);
  const looked = pass.site(`${name}/attention`, linear(pass, `${weights}/attended`, attend(pass, weights, heads, x, present)));
  const middle = pass.site(`${name}/attention-norm`, norm(pass, `${weights}/attention-norm`, tf.add(x, looked)));
  const wide = activation(linear(pass, `${weights}/widen`, middle));
  const forward = pass.site(`${name}/feed-forward`, linear(pass, `${weights}/narrow`, wide));
  return tf.mul(pass.site(`${name}/output-norm`, norm(pass, `${weights}/output-norm`, tf.add(middle, forward))), present);
}

/** The sites of {@link bertLayer}, in the order of a pass. */
export const bertSites = (stage: string, channels: number): Site[] =>
  (['attention', 'attention-norm', 'feed-forward', 'output-norm'] as const).map((part) => ({
    name: `${stage}/${part}`,
    stage,
    channels,
    kind: part.endsWith('norm') ? 'norm' : 'block',
  }));

/** The mean over the tokens of `[n, length, d]`. */
export const meanOfTokens = (x: Tensor): Tensor => tf.div(tf.sum(x, 1), tf.maximum(tf.sum(presence(x), 1), 1));

/** Nothing looks at padding. */
function attend(pass: BackbonePass, name: string, heads: number, x: Tensor, present: Tensor): Tensor {
  const [n = 0, length = 0] = x.shape;
  return attention(pass, name, heads, x, tf.reshape(tf.mul(tf.sub(present, 1), 1e9), [n, 1, 1, length]));
}

const norm = (pass: BackbonePass, name: string, x: Tensor): Tensor => layerNorm(pass, name, x, epsilon);

/** 1 where a hidden state `[n, length, d]` is a token's, 0 where it is none: `[n, length, 1]`. No gradient goes through it. */
export function presence(x: Tensor): Tensor {
  return tf.customGrad((hidden) => ({
    value: tf.cast(tf.any(tf.notEqual(hidden as Tensor, 0), -1, true), 'float32'),
    gradFunc: () => tf.fill(x.shape, 0),
  }))(x);
}
