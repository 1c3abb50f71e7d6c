import type { Tensor4D, Tensor1D, Tensor2D } from '@tensorflow/tfjs-node';
import { backend, tf, type OpAttribute, type Tensor } from './backend.js';

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
  // TensorFlow's CPU gradients ignore dilations, so a dilated convolution is written as plain ones: at stride 2 it only sees every other
  // pixel; at stride 1 the four pixel grids of equal parity do not mix.
  if (stride === 2) return plain(subsample(x));
  const [, height = 0, width = 0] = x.shape;
  const crops = [
    [0, height % 2],
    [0, width % 2],
  ];
  return tf.batchToSpaceND(plain(tf.spaceToBatchND(x as Tensor4D, [2, 2], crops)), [2, 2], crops);
}

/** Every other pixel, from the first: `[n, ceil(h/2), ceil(w/2), c]`. */
export function subsample(x: Tensor): Tensor {
  const [n = 0, height = 0, width = 0, channels = 0] = x.shape;
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const even = tf.pad(x, [
    [0, 0],
    [0, height % 2],
    [0, width % 2],
    [0, 0],
  ]);
  const grid = tf.slice(tf.reshape(even, [n * rows, 2, columns, 2 * channels]), [0, 0, 0, 0], [n * rows, 1, columns, channels]);
  return tf.reshape(grid, [n, rows, columns, channels]);
}

/** The image one pixel further right and down: row and column 0 fall away, zeros enter at the other end. */
export function shift(x: Tensor): Tensor {
  const [n = 0, height = 0, width = 0, channels = 0] = x.shape;
  return tf.pad(tf.slice(x, [0, 1, 1, 0], [n, height - 1, width - 1, channels]), [
    [0, 0],
    [0, 1],
    [0, 1],
    [0, 0],
  ]);
}

/** 3x3 maximum with symmetric padding 1. */
export function maxPool(x: Tensor, stride: 1 | 2): Tensor {
  return stride === 1 ? tf.maxPool(x as Tensor4D, 3, 1, 'same') : tf.maxPool(padTo(x, 3, 2, 1, -3.4e38) as Tensor4D, 3, 2, 'valid');
}

/** 3x3 mean with symmetric padding 1; padding does not count. */
export function avgPool(x: Tensor, stride: 1 | 2): Tensor {
  if (stride === 1) return tf.avgPool(x as Tensor4D, 3, 1, 'same');
  const [, height = 0, width = 0] = x.shape;
  const nine = tf.avgPool(padTo(x, 3, 2, 1, 0) as Tensor4D, 3, 2, 'valid');
  const counts = [inside(height), inside(width)] as const;
  const correction = Float32Array.from({ length: counts[0].length * counts[1].length }, (_, i) => {
    const [row, column] = [counts[0][Math.floor(i / counts[1].length)] ?? 3, counts[1][i % counts[1].length] ?? 3];
    return 9 / (row * column);
  });
  return tf.mul(nine, tf.tensor(correction, [1, counts[0].length, counts[1].length, 1]));
}

/** How many of the three positions of each stride-2 window lie inside `length` pixels. */
function inside(length: number): number[] {
  return Array.from({ length: Math.ceil(length / 2) }, (_, i) => Math.min(2 * i + 2, length) - Math.max(2 * i - 1, 0));
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
  const perExample = tf.customGrad((scores, save) => {
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
  return tf.mean(perExample);
}
