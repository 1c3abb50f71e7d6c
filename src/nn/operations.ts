import type { Operation } from '../core/genotype.js';
import { tf, type Tensor } from './backend.js';
import { factorizedReduction } from './factorized-reduction.js';
import { avgPool, conv, depthwise, maxPool, relu } from './primitives.js';
import type { Scope } from './scope.js';

/** How a cell is built: with trained batch-norm scales in an expert, without them in the search's super-network. */
export interface CellStyle {
  readonly affine: boolean;
  /** Batch norm behind pooling (super-network only). */
  readonly normalizedPools: boolean;
}

/**
 * One operation of a cell on `[n, h, w, c]` (images) or `[n, c]` (vectors), as published (PAR section 6). Weight names are those of the
 * published modules. `none` is not computed: a cell leaves it out of its sum.
 */
export function applyOperation(
  operation: Exclude<Operation, 'none'>,
  scope: Scope,
  name: string,
  x: Tensor,
  stride: 1 | 2,
  style: CellStyle,
): Tensor {
  const pooled = (y: Tensor) => (style.normalizedPools ? scope.batchNorm(`${name}.1`, y, false) : y);
  switch (operation) {
    case 'max_pool_3x3':
      return pooled(maxPool(x, stride));
    case 'avg_pool_3x3':
      return pooled(avgPool(x, stride));
    case 'skip_connect':
      return stride === 1 ? x : factorizedReduce(scope, name, x, x.shape[3] ?? 0, style);
    case 'sep_conv_3x3': {
      const half = separable(scope, name, 1, x, stride, 1, style);
      return separable(scope, name, 5, half, 1, 1, style);
    }
    case 'dil_conv_3x3':
      return separable(scope, name, 1, x, stride, 2, style);
    case 'linear':
      return reluLinearNorm(scope, name, 1, x, x.shape[1] ?? 0, style);
    case 'bottleneck': {
      const narrow = reluLinearNorm(scope, name, 1, x, Math.max(1, Math.floor((x.shape[1] ?? 0) / 4)), style);
      return reluLinearNorm(scope, name, 4, narrow, x.shape[1] ?? 0, style);
    }
  }
}

/** ReLU, depthwise 3x3, pointwise, batch norm: modules `first`, first + 1, first + 2 of the operation. */
function separable(scope: Scope, name: string, first: number, x: Tensor, stride: 1 | 2, dilation: 1 | 2, style: CellStyle): Tensor {
  const channels = x.shape[3] ?? 0;
  const spread = depthwise(relu(x), scope.weight(`${name}.op.${first}.weight`, [3, 3, channels, 1], { fanIn: 9 }), stride, dilation);
  const mixed = conv(spread, scope.weight(`${name}.op.${first + 1}.weight`, [1, 1, channels, channels], { fanIn: channels }), 1, 0);
  scope.count(area(spread) * channels * (9 + channels));
  return scope.batchNorm(`${name}.op.${first + 2}`, mixed, style.affine);
}

/** ReLU, convolution 1x1 (linear for vectors), batch norm: brings a cell's input to `channels`. */
export function reluConvNorm(scope: Scope, name: string, x: Tensor, channels: number, style: CellStyle): Tensor {
  if (x.rank === 2) return reluLinearNorm(scope, name, 1, x, channels, style);
  const from = x.shape[3] ?? 0;
  const y = conv(relu(x), scope.weight(`${name}.op.1.weight`, [1, 1, from, channels], { fanIn: from }), 1, 0);
  scope.count(area(y) * from * channels);
  return scope.batchNorm(`${name}.op.2`, y, style.affine);
}

/** ReLU, linear without bias, batch norm: modules `first` and first + 1. */
function reluLinearNorm(scope: Scope, name: string, first: number, x: Tensor, channels: number, style: CellStyle): Tensor {
  const from = x.shape[1] ?? 0;
  const y = tf.matMul(relu(x), scope.weight(`${name}.op.${first}.weight`, [from, channels], { fanIn: from }));
  scope.count(from * channels);
  return scope.batchNorm(`${name}.op.${first + 1}`, y, style.affine);
}

/**
 * Halves the image without losing pixels' neighbours: ReLU, two 1x1 stride-2 convolutions, the second one pixel further, concatenated.
 * The published module owns a batch norm that it never applies; its weights count, so they exist here too.
 */
export function factorizedReduce(scope: Scope, name: string, x: Tensor, channels: number, style: CellStyle): Tensor {
  const from = x.shape[3] ?? 0;
  const half = Math.floor(channels / 2);
  const kernel = (part: string, out: number) => scope.weight(`${name}.${part}.weight`, [1, 1, from, out], { fanIn: from });
  const y = factorizedReduction(relu(x), kernel('conv_1', half), kernel('conv_2', channels - half));
  scope.count(area(y) * from * channels);
  if (style.affine) scope.idleBatchNorm(`${name}.bn`, channels);
  return y;
}

const area = (x: Tensor) => (x.shape[1] ?? 0) * (x.shape[2] ?? 0);
