import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-node';
import { attribute } from './attributes.js';
import { backend, tf, type Tensor } from './backend.js';
import { dilatedDepthwise } from './dilated-depthwise.js';
import { kernel } from './kernels.js';
import { subsample } from './subsample.js';

/** max(x, 0), with its gradient as one operation. */
export function relu(x: Tensor): Tensor {
  if (!reluKernel.works()) return tf.relu(x);
  return tf.customGrad((input, save) => {
    const value = backend.executeSingleOutput('Relu', [attribute.type('T')], [input as Tensor]);
    (save as (tensors: Tensor[]) => void)([value]);
    return {
      value,
      gradFunc: (dy: Tensor, [y]: Tensor[]) => backend.executeSingleOutput('ReluGrad', [attribute.type('T')], [dy, y as Tensor]),
    };
  })(x);
}

export const reluKernel = kernel('ReluGrad', (call, make) => {
  const [y] = call('Relu', [attribute.type('T')], [make([3], [-1, 0, 2])], 1);
  const [dx] = call('ReluGrad', [attribute.type('T')], [make([3], [5, 6, 7]), y], 1);
  return [
    [y, [0, 0, 2]],
    [dx, [0, 0, 7]],
  ];
});

/** Convolution `[n, h, w, in] * [kh, kw, in, out]` with symmetric zero padding `pad`, no bias. */
export function conv(x: Tensor, kernel: Tensor, stride: 1 | 2, pad: number): Tensor {
  if (stride === 1) return tf.conv2d(x as Tensor4D, kernel as Tensor4D, 1, pad === 0 ? 'valid' : 'same');
  return tf.conv2d(padTo(x, (kernel as Tensor4D).shape[0], stride, pad, 0) as Tensor4D, kernel as Tensor4D, stride, 'valid');
}

/** Depthwise 3x3 convolution `[n, h, w, c] * [3, 3, c, 1]` with symmetric padding `dilation`. */
export function depthwise(x: Tensor, kernel: Tensor, stride: 1 | 2, dilation: 1 | 2): Tensor {
  const plain = (input: Tensor) => tf.depthwiseConv2d(input as Tensor4D, kernel as Tensor4D, 1, 'same');
  if (dilation === 1 && stride === 1) return plain(x);
  if (dilation === 1) return tf.depthwiseConv2d(padTo(x, 3, 2, 1, 0) as Tensor4D, kernel as Tensor4D, 2, 'valid');
  // At stride 2 a dilated convolution only sees every other pixel.
  return stride === 2 ? plain(subsample(x, 0)) : dilatedDepthwise(x, kernel);
}

/** 3x3 maximum with symmetric padding 1. */
export function maxPool(x: Tensor, stride: 1 | 2): Tensor {
  return stride === 1 ? tf.maxPool(x as Tensor4D, 3, 1, 'same') : tf.maxPool(padTo(x, 3, 2, 1, -3.4e38) as Tensor4D, 3, 2, 'valid');
}

/** 3x3 mean with symmetric padding 1; padding does not count. */
export function avgPool(x: Tensor, stride: 1 | 2): Tensor {
  const every = tf.avgPool(x as Tensor4D, 3, 1, 'same');
  return stride === 1 ? every : subsample(every, 0);
}

/**
 * Explicit padding for windows of `size` that start at `-pad`: TensorFlow's SAME would start a stride-2 window one pixel later. What no
 * window reaches is not padded.
 */
function padTo(x: Tensor, size: number, stride: number, pad: number, value: number): Tensor {
  if (pad === 0) return x;
  const side = (length: number): [number, number] => {
    const outputs = Math.floor((length + 2 * pad - size) / stride) + 1;
    return [pad, Math.max(0, (outputs - 1) * stride + size - pad - length)];
  };
  return tf.pad(x, [[0, 0], side(x.shape[1] ?? 0), side(x.shape[2] ?? 0), [0, 0]], value);
}

/** Mean over the batch of -ln softmax(logits)[label]: logits `[n, c]`, labels int32 `[n]`. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return tf.mean(crossEntropies(logits, labels));
}

/** -ln softmax(logits)[label] of each example `[n]`. */
export function crossEntropies(logits: Tensor, labels: Tensor): Tensor {
  if (!crossEntropyKernel.works()) return negativeLogLikelihood(logits as Tensor2D, labels as Tensor1D);
  return tf.customGrad((values, save) => {
    const [loss, gradient] = backend.executeMultipleOutputs(
      'SparseSoftmaxCrossEntropyWithLogits',
      crossEntropyAttributes,
      [values as Tensor, labels],
      2,
    ) as [Tensor, Tensor];
    (save as (tensors: Tensor[]) => void)([gradient]);
    return { value: loss, gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(tf.expandDims(dy, 1), saved as Tensor) };
  })(logits);
}

/** The same of ordinary operations. */
function negativeLogLikelihood(logits: Tensor2D, labels: Tensor1D): Tensor {
  return tf.neg(tf.sum(tf.mul(tf.oneHot(labels, logits.shape[1]), tf.logSoftmax(logits)), 1));
}

const crossEntropyAttributes = [attribute.type('T'), attribute.type('Tlabels', 'int32')];

export const crossEntropyKernel = kernel('SparseSoftmaxCrossEntropyWithLogits', (call, make) => {
  const logits = make([2, 2], [0, Math.log(3), 0, 0]);
  const [loss, gradient] = call('SparseSoftmaxCrossEntropyWithLogits', crossEntropyAttributes, [logits, make([2], [0, 1], 'int32')], 2);
  return [
    [loss, [Math.log(4), Math.log(2)]],
    [gradient, [-0.75, 0.75, 0.5, -0.5]],
  ];
});
