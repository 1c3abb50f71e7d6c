import type { NamedArray } from '../core/snapshot.js';
import { tf, type Tensor } from '../nn/backend.js';
import { gelu } from '../nn/gelu.js';
import type { Backbone, BackbonePass, Site, Stage } from './backbone.js';
import { attention, layerNorm, linear } from './transformer.js';
import { whisperSize } from './whisper-weights.js';

type Tensor4D = ReturnType<typeof tf.tensor4d>;

/** Of Whisper's layer norms. */
const epsilon = 1e-5;

/**
 * The encoder of Whisper (Radford et al. 2022). Inputs are log-mel spectrograms `[n, frames, bands]`; two convolutions make of every two frames a place, so that a second has 50. What is
 * shorter than 30 seconds is not filled up with silence: only as many positions are added as there are places. Pooled, the mean over places behind the last norm.
 *
 * Stages `convolutions`, `layer0` on, `norm`; hidden states `[n, places, d]`. Norms come before the attention and the feed-forward part of a layer. Sites behind both norms, and behind both
 * parts, before they are added to what came in, and behind each layer.
 *
 * @param arrays as `whisperWeights` gives them
 */
export function whisperEncoder(arrays: Readonly<Record<string, NamedArray>>): Backbone {
  const { bands, width, heads, layers, positions } = whisperSize(arrays, 'whisper-tiny');
  const names = Array.from({ length: layers }, (_, i) => `layer${i}`);
  return {
    name: 'whisper-tiny',
    domain: 'audio',
    stages: [
      { name: 'convolutions', run: convolve },
      ...names.map((name): Stage => ({ name, run: (pass, x) => layer(pass, name, heads, x) })),
      { name: 'norm', run: (pass, x) => layerNorm(pass, 'norm', x, epsilon) },
    ],
    upper: names.slice(-Math.ceil(layers / 2)),
    sites: names.flatMap((stage) =>
      (['attention-norm', 'attention', 'feed-forward-norm', 'feed-forward', 'output'] as const).map((part): Site => ({
        name: `${stage}/${part}`,
        stage,
        channels: width,
        kind: part === 'output' ? part : part.endsWith('norm') ? 'norm' : 'block',
      })),
    ),
    size: width,
    audio: { bands, frames: 2 * positions },
    prepare: (spectrograms) => spectrograms,
    pool: (x) => tf.mean(x, 1),
  };
}

/** Spectrograms `[n, frames, bands]` to hidden states `[n, places, d]`. */
function convolve(pass: BackbonePass, x: Tensor): Tensor {
  const first = gelu(convolution(pass, 'convolution1', x, 1));
  const second = gelu(convolution(pass, 'convolution2', first, 2));
  return tf.add(second, tf.slice(pass.weight('positions'), 0, second.shape[1] ?? 0));
}

/** Over three frames, with a frame of zeros on each side. */
function convolution(pass: BackbonePass, name: string, x: Tensor, stride: 1 | 2): Tensor {
  const [n = 0, frames = 0, from = 0] = x.shape;
  const kernel = pass.weight(`${name}/kernel`);
  const [size = 0, , out = 0] = kernel.shape;
  const rows: Tensor4D = tf.reshape(x, [n, 1, frames, from]);
  const padded = tf.pad(rows, [
    [0, 0],
    [0, 0],
    [1, 1],
    [0, 0],
  ]);
  const flat: Tensor4D = tf.reshape(kernel, [1, size, from, out]);
  const y = tf.conv2d(padded, flat, [1, stride], 'valid');
  const places = y.shape[2];
  pass.count(places * size * from * out);
  return tf.add(tf.reshape(y, [n, places, out]), pass.weight(`${name}/bias`));
}

/** One layer: every place looks at every other, then each goes through two linear maps of its own; each part is added to what came in. */
function layer(pass: BackbonePass, name: string, heads: number, x: Tensor): Tensor {
  const normed = (part: string, y: Tensor) => pass.site(`${name}/${part}-norm`, layerNorm(pass, `${name}/${part}-norm`, y, epsilon));
  const looked = linear(pass, `${name}/attended`, attention(pass, name, heads, normed('attention', x)));
  const middle = tf.add(x, pass.site(`${name}/attention`, looked));
  const wide = gelu(linear(pass, `${name}/widen`, normed('feed-forward', middle)));
  return pass.site(`${name}/output`, tf.add(middle, pass.site(`${name}/feed-forward`, linear(pass, `${name}/narrow`, wide))));
}
