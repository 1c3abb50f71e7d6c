import type { Tensor4D } from '@tensorflow/tfjs-node';
import { attribute } from './attributes.js';
import { backend, tf, type Tensor } from './backend.js';
import { subsample } from './subsample.js';

/**
 * Halves images `[n, h, w, c]` to `[n, ceil(h/2), ceil(w/2), a + b]` by two 1x1 kernels `[1, 1, c, a]` and `[1, 1, c, b]`: every other pixel from
 * row and column 0 by the first, from 1 by the second, outputs side by side. Where there is no pixel (odd sizes) the second reads zeros.
 *
 * The images' gradient is that of one convolution whose outputs have zeros where nothing was read: two gradients of a quarter of the pixels each
 * would have to be padded to the image and added, with more channels.
 */
export function factorizedReduction(x: Tensor, even: Tensor, odd: Tensor): Tensor {
  return tf.customGrad((images, first, second, save) => {
    const inputs = [images, first, second] as Tensor[];
    (save as unknown as (tensors: Tensor[]) => void)(inputs);
    return { value: reduce(inputs as Inputs), gradFunc: (dy: Tensor, saved: Tensor[]) => gradients(dy, saved as Inputs) };
  })(x, even, odd);
}

type Inputs = [x: Tensor, even: Tensor, odd: Tensor];

function reduce([x, even, odd]: Inputs): Tensor {
  const half = (kernel: Tensor, offset: 0 | 1) => tf.conv2d(subsample(x, offset) as Tensor4D, kernel as Tensor4D, 1, 'valid');
  return tf.concat([half(even, 0), half(odd, 1)], 3);
}

function gradients(dy: Tensor, [x, even, odd]: Inputs): Tensor[] {
  const kernels = tf.concat([even as Tensor4D, odd as Tensor4D], 3);
  const parts = tf.split(dy, [even.shape[3] ?? 0, odd.shape[3] ?? 0], 3) as Parts;
  return [
    tf.conv2dTranspose(spread(parts, x.shape) as Tensor4D, kernels, x.shape as Tensor4D['shape'], 1, 'valid'),
    kernelGradient(subsample(x, 0), parts[0]),
    kernelGradient(subsample(x, 1), parts[1]),
  ];
}

type Parts = [even: Tensor, odd: Tensor];

/** The output's gradients at the pixels that they come from: `[n, h, w, a + b]` for images of `shape`. */
function spread([even, odd]: Parts, [n = 0, height = 0, width = 0]: readonly number[]): Tensor {
  const [, rows = 0, columns = 0, first = 0] = even.shape;
  const channels = first + (odd.shape[3] ?? 0);
  const row = (part: Tensor, before: number, after: number) => {
    const pixels = tf.reshape(part, [n * rows * columns, part.shape[3] ?? 0]);
    return tf.reshape(tf.pad(pixels, [[0, 0], [before, after]]), [n * rows, 2 * columns * channels]); // prettier-ignore
  };
  const pairs = [row(even, 0, 2 * channels - first), row(odd, channels + first, 0)];
  const whole = tf.reshape(tf.concat(pairs, 1), [n, 2 * rows, 2 * columns, channels]);
  return 2 * rows === height && 2 * columns === width ? whole : tf.slice(whole, [0, 0, 0, 0], [n, height, width, channels]);
}

/** Gradient of a kernel `[1, 1, c, out]` that convolved x to outputs with this gradient. */
function kernelGradient(x: Tensor, dy: Tensor): Tensor {
  const attributes = [attribute.type('T'), attribute.integers('strides', [1, 1, 1, 1]), attribute.text('padding', 'VALID')];
  const shape = tf.tensor1d([1, 1, x.shape[3] ?? 0, dy.shape[3] ?? 0], 'int32');
  return backend.executeSingleOutput('Conv2DBackpropFilter', attributes, [x, shape, dy]);
}
