import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-node';
import { attribute } from './attributes.js';
import { backend, tf, type Tensor } from './backend.js';
import { kernel } from './kernels.js';

export const batchNormEpsilon = 1e-5;

/** Batch statistics' share in the running ones: running = 0.9 running + 0.1 batch. */
const batchShare = 0.1;

/** What batch norm in training gives: the normalized input, and the new running mean and (unbiased) variance `[c]`. */
interface Normalized {
  readonly y: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Batch norm over all axes but the last with batch statistics.
 *
 * @returns the normalized input, and the new running mean and (unbiased) variance `[c]`, kept: the caller disposes them
 */
export function batchNormTrain(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor): Normalized {
  return (fusedKernel.works() ? fused : decomposed)(x, scale, offset, mean, variance);
}

/** Batch norm with running statistics: what inference and a frozen expert use. */
export function batchNormInfer(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor): Tensor {
  return tf.batchNorm(x as Tensor2D, mean as Tensor1D, variance as Tensor1D, offset as Tensor1D, scale as Tensor1D, batchNormEpsilon);
}

/** One operation forward, the new statistics included, and one backward. */
function fused(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor): Normalized {
  const image = x.rank === 4 ? x : tf.reshape(x, [(x as Tensor2D).shape[0], 1, 1, (x as Tensor2D).shape[1]]);
  let statistics: Tensor[] = [];
  const y = tf.customGrad((input, gamma, beta, save) => {
    const outputs = backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      forward,
      [input as Tensor, gamma as Tensor, beta as Tensor, mean, variance],
      6,
    ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
    statistics = [tf.keep(outputs[1]), tf.keep(outputs[2])];
    (save as (tensors: Tensor[]) => void)([input as Tensor, gamma as Tensor, outputs[3], outputs[4], outputs[5]]);
    return {
      value: outputs[0],
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        backend.executeMultipleOutputs('FusedBatchNormGradV3', backward, [dy, ...saved], 5).slice(0, 3),
    };
  })(image, scale, offset);
  const [newMean, newVariance] = statistics as [Tensor, Tensor];
  return { y: x.rank === 4 ? y : tf.reshape(y, x.shape), mean: newMean, variance: newVariance };
}

/** The same of ordinary operations. */
function decomposed(x: Tensor, scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor): Normalized {
  const count = x.size / (x.shape.at(-1) ?? 1);
  const batch = tf.moments(x, [...x.shape.keys()].slice(0, -1));
  const follow = (running: Tensor, now: Tensor) => tf.keep(tf.add(tf.mul(running, 1 - batchShare), tf.mul(now, batchShare)));
  return {
    y: batchNormInfer(x, scale, offset, batch.mean, batch.variance),
    mean: follow(mean, batch.mean),
    variance: follow(variance, tf.mul(batch.variance, count / Math.max(1, count - 1))),
  };
}

const backward = [
  attribute.type('T'),
  attribute.type('U'),
  attribute.float('epsilon', batchNormEpsilon),
  attribute.text('data_format', 'NHWC'),
  attribute.boolean('is_training', true),
];
const forward = [...backward, attribute.float('exponential_avg_factor', batchShare)];

export const fusedKernel = kernel('FusedBatchNormV3 is_training', (call, make) => {
  // Channel 0 is 1, 3, 5, 3 (mean 3, variance 2, unbiased 8/3), channel 1 the same less 3.
  const x = make([2, 1, 2, 2], [1, -2, 3, 0, 5, 2, 3, 0]);
  const [scale, offset, mean, variance] = [make([2], [2, 1]), make([2], [1, 0]), make([2], [0, 10]), make([2], [1, 1])];
  const [y, newMean, newVariance, ...reserved] = call('FusedBatchNormV3', forward, [x, scale, offset, mean, variance], 6);
  const dy = make([2, 1, 2, 2], [1, 1, 0, 0, 0, 0, 0, 0]);
  const [dx, dScale, dOffset] = call('FusedBatchNormGradV3', backward, [dy, x, scale, ...reserved], 5);
  const root = Math.SQRT2;
  // dx = scale / sd (dy - mean(dy) - xhat mean(dy xhat)), with xhat = -root, 0, root, 0
  const slopes = [1 / 4, -1 / 4, 1 / 4, -1 / 4];
  return [
    [y, [1 - 2 * root, -root, 1, 0, 1 + 2 * root, root, 1, 0]],
    [newMean, [0.3, 9]],
    [newVariance, [0.9 + 0.8 / 3, 0.9 + 0.8 / 3]],
    [dx, slopes.flatMap((slope) => [root * slope, (root / 2) * slope])],
    [dScale, [-root, -root]],
    [dOffset, [1, 1]],
  ];
});
