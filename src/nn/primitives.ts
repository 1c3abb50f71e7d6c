import type { Tensor4D, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node';
import { backend, tf, type OpAttribute, type Tensor } from './backend.js';
import { dilatedDepthwise } from './dilated-depthwise.js';
import { subsample } from './subsample.js';

const { binding } = backend;
const typeAttribute = (name: string): OpAttribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
const floatAttribute = (name: string, value: number): OpAttribute => ({ name, type: binding.TF_ATTR_FLOAT, value });
const boolAttribute = (name: string, value: boolean): OpAttribute => ({ name, type: binding.TF_ATTR_BOOL, value });
const stringAttribute = (name: string, value: string): OpAttribute => ({ name, type: binding.TF_ATTR_STRING, value });

/** max(x, 0), with its gradient as one operation. */
export function relu(x: Tensor): Tensor {
  return tf.customGrad((input, save) => {
    const value = backend.executeSingleOutput('Relu', [typeAttribute('T')], [input as Tensor]);
    (save as (tensors: Tensor[]) => void)([value]);
    return {
      value,
      gradFunc: (dy: Tensor, [y]: Tensor[]) => backend.executeSingleOutput('ReluGrad', [typeAttribute('T')], [dy, y as Tensor]),
    };
  })(x);
}

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

export const batchNormEpsilon = 1e-5;

/** Batch statistics' share in the running ones: running = 0.9 running + 0.1 batch. */
const batchShare = 0.1;

/**
 * Batch norm over all axes but the last with batch statistics.
 *
 * @returns the normalized input, and the new running mean and (unbiased) variance `[c]`, kept: the caller disposes them
 */
export function batchNormTrain(
  x: Tensor,
  scale: Tensor,
  offset: Tensor,
  mean: Tensor,
  variance: Tensor,
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const attributes = [
    typeAttribute('T'),
    typeAttribute('U'),
    floatAttribute('epsilon', batchNormEpsilon),
    stringAttribute('data_format', 'NHWC'),
    boolAttribute('is_training', true),
  ];
  const image = x.rank === 4 ? x : tf.reshape(x, [(x as Tensor2D).shape[0], 1, 1, (x as Tensor2D).shape[1]]);
  let statistics: Tensor[] = [];
  const y = tf.customGrad((input, gamma, beta, save) => {
    const outputs = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      [...attributes, floatAttribute('exponential_avg_factor', batchShare)],
      [input as Tensor, gamma as Tensor, beta as Tensor, mean, variance],
      6,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    statistics = [tf.keep(outputs[1]), tf.keep(outputs[2])];
    (save as (tensors: Tensor[]) => void)([input as Tensor, gamma as Tensor, outputs[3], outputs[4], outputs[5]]);
    return {
      value: outputs[0],
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        backend.executeMultipleOutputs('FusedBatchNormGradV3', attributes, [dy, ...saved], 5).slice(0, 3),
    };
  })(image, scale, offset);
  const [newMean, newVariance] = statistics as [Tensor, Tensor];
  return { y: x.rank === 4 ? y : tf.reshape(y, x.shape), mean: newMean, variance: newVariance };
}

/** Batch norm with running statistics: what inference and a frozen expert use. */
export function batchNormInfer(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor): Tensor {
  return tf.batchNorm(x as Tensor2D, mean as Tensor1D, variance as Tensor1D, offset as Tensor1D, scale as Tensor1D, batchNormEpsilon);
}

/** Mean over the batch of -ln softmax(logits)[label]: logits `[n, c]`, labels int32 `[n]`. */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return tf.mean(crossEntropies(logits, labels));
}

/** -ln softmax(logits)[label] of each example `[n]`. */
export function crossEntropies(logits: Tensor, labels: Tensor): Tensor {
  return tf.customGrad((scores, save) => {
    const attributes = [typeAttribute('T'), { name: 'Tlabels', type: binding.TF_ATTR_TYPE, value: binding.TF_INT32 }];
    const [loss, gradient] = backend.executeMultipleOutputs(
      'SparseSoftmaxCrossEntropyWithLogits',
      attributes,
      [scores as Tensor, labels],
      2,
    ) as [Tensor, Tensor];
    (save as (tensors: Tensor[]) => void)([gradient]);
    return { value: loss, gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(tf.expandDims(dy, 1), saved as Tensor) };
  })(logits);
}
