import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { batchNormEpsilon, batchNormTrain } from '../../src/nn/batch-norm.js';
import { avgPool, conv, crossEntropy, depthwise, maxPool, relu } from '../../src/nn/primitives.js';

type Grid = (b: number, y: number, x: number, c: number) => number;

const image = (shape: number[], name: string): Tensor => {
  const source = random(0, name);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => source.normal()),
    shape,
  );
};

/** A tensor's numbers, or numbers in float64 in its place. */
interface Values {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}
const valuesOf = (x: Tensor): Values => ({ shape: x.shape, data: x.dataSync() });

/** Reads `[n, h, w, c]` with `outside` beyond the border. */
function reader({ shape, data }: Values, outside: number): Grid {
  const [, height = 0, width = 0, channels = 0] = shape;
  return (b, y, column, c) =>
    y < 0 || column < 0 || y >= height || column >= width ? outside : (data[((b * height + y) * width + column) * channels + c] ?? NaN);
}

/** What a 3x3 window operation with symmetric padding should give, written out in float64. */
function windows(x: Values, stride: number, dilation: number, outside: number, reduce: (values: number[], channel: number) => number) {
  const [n = 0, height = 0, width = 0, channels = 0] = x.shape;
  const at = reader(x, outside);
  const out: number[] = [];
  for (let b = 0; b < n; b++)
    for (let y = 0; y < height; y += stride)
      for (let column = 0; column < width; column += stride)
        for (let c = 0; c < channels; c++) {
          const values: number[] = [];
          for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) values.push(at(b, y + dilation * dy, column + dilation * dx, c));
          out.push(reduce(values, c));
        }
  return out;
}

const depthwiseByHand = (x: Values, { shape: [, , channels = 0], data }: Values, stride: number, dilation: number) =>
  windows(x, stride, dilation, 0, (values, c) => values.reduce((sum, value, k) => sum + value * (data[channels * k + c] ?? NaN), 0));
const maxPoolByHand = (x: Values, stride: number) => windows(x, stride, 1, -Infinity, (values) => Math.max(...values));
const avgPoolByHand = (x: Values, stride: number) =>
  windows(x, stride, 1, NaN, (values) => {
    const within = values.filter((value) => !Number.isNaN(value));
    return within.reduce((sum, value) => sum + value, 0) / within.length;
  });

/** 3x3 convolution with kernel `[3, 3, in, out]`, stride 1, padding 1. */
function convByHand(x: Values, { shape: [, , inputs = 0, outputs = 0], data }: Values): number[] {
  const at = reader(x, 0);
  const [n = 0, height = 0, width = 0] = x.shape;
  const out: number[] = [];
  for (let b = 0; b < n; b++)
    for (let y = 0; y < height; y++)
      for (let column = 0; column < width; column++)
        for (let o = 0; o < outputs; o++) {
          let sum = 0;
          for (let tap = 0; tap < 9; tap++)
            for (let c = 0; c < inputs; c++)
              sum += at(b, y + Math.floor(tap / 3) - 1, column + (tap % 3) - 1, c) * (data[(tap * inputs + c) * outputs + o] ?? NaN);
          out.push(sum);
        }
  return out;
}

/** (x - mean) / sqrt(variance + epsilon) * scale + offset, with the statistics of the batch. */
function batchNormByHand({ data, shape }: Values, scale: Values, offset: Values): number[] {
  const channels = shape.at(-1) ?? 0;
  const statistics = Array.from({ length: channels }, (_, c) => {
    const own = Array.from(data).filter((_value, i) => i % channels === c);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return { mean, variance: own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length };
  });
  return Array.from(data, (value, i) => {
    const { mean = NaN, variance = NaN } = statistics[i % channels] ?? {};
    return (
      ((value - mean) / Math.sqrt(variance + batchNormEpsilon)) * (scale.data[i % channels] ?? NaN) + (offset.data[i % channels] ?? NaN)
    );
  });
}

function crossEntropyByHand({ data, shape: [n = 0, classes = 0] }: Values, labels: readonly number[]): number[] {
  const losses = labels.map((label, row) => {
    const scores = Array.from({ length: classes }, (_, c) => data[row * classes + c] ?? NaN);
    return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - (scores[label] ?? NaN);
  });
  return [losses.reduce((sum, loss) => sum + loss, 0) / n];
}

/** Nine products of numbers up to 3 in float32 are off by at most 9 * 9 * 2^-24 = 4.8e-6 from the same in float64. */
const close = (actual: Tensor, wanted: number[]) => {
  const data = actual.dataSync();
  expect(data.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(data[i], `element ${i}`).toBeCloseTo(value, 5));
};

const sizes = [
  [8, 8],
  [7, 7],
  [5, 6],
  [3, 1],
] as const;

describe.each(sizes)('on %d x %d pixels', (height, width) => {
  const x = image([2, height, width, 3], `x${height}${width}`);
  const kernel = image([3, 3, 3, 1], 'kernel');

  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ] as const)('depthwise with stride %d and dilation %d pads symmetrically', (stride, dilation) => {
    close(depthwise(x, kernel, stride, dilation), depthwiseByHand(valuesOf(x), valuesOf(kernel), stride, dilation));
  });

  it.each([1, 2] as const)('maximum and mean with stride %d leave padding out', (stride) => {
    close(maxPool(x, stride), maxPoolByHand(valuesOf(x), stride));
    close(avgPool(x, stride), avgPoolByHand(valuesOf(x), stride));
  });
});

/**
 * The gradient of a weighted sum of outputs that tfjs gives, in every element of `x`, against central differences of the operation written out in
 * float64, which are right to nine digits. A gradient here adds up at most 54 products in float32: 54 * 2^-24 = 3.2e-6 of the largest, and batch
 * norm does so twice.
 */
function checkGradient(x: Tensor, operation: (x: Tensor) => Tensor, byHand: (x: Values) => number[]) {
  const weightOf = (i: number) => Math.sin(i + 1);
  const gradient = tf
    .grad((values: Tensor) => {
      const y = operation(values);
      const weights = tf.tensor(
        Float32Array.from({ length: y.size }, (_, i) => weightOf(i)),
        y.shape,
      );
      return tf.sum(tf.mul(y, weights)).asScalar();
    })(x)
    .dataSync();
  const data = Float64Array.from(x.dataSync());
  const step = 1e-5;
  const moved = (i: number, by: number) => {
    const values = data.map((value, at) => (at === i ? value + by : value));
    return byHand({ shape: x.shape, data: values }).reduce((sum, y, at) => sum + weightOf(at) * y, 0);
  };
  const wanted = Array.from(data, (_, i) => (moved(i, step) - moved(i, -step)) / (2 * step));
  const tolerance = 1e-5 * Math.max(1, ...wanted.map(Math.abs));
  expect(gradient.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(Math.abs((gradient[i] ?? NaN) - value), `element ${i}`).toBeLessThan(tolerance));
}

describe('gradients agree with finite differences', () => {
  const x = image([1, 5, 4, 2], 'gradient');
  const kernel = image([3, 3, 2, 1], 'depthwise');

  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ] as const)('depthwise, stride %d, dilation %d', (stride, dilation) => {
    checkGradient(
      x,
      (input) => depthwise(input, kernel, stride, dilation),
      (input) => depthwiseByHand(input, valuesOf(kernel), stride, dilation),
    );
    checkGradient(
      kernel,
      (weights) => depthwise(x, weights, stride, dilation),
      (weights) => depthwiseByHand(valuesOf(x), weights, stride, dilation),
    );
  });

  it('convolution', () => {
    const weights = image([3, 3, 2, 3], 'conv');
    checkGradient(
      x,
      (input) => conv(input, weights, 1, 1),
      (input) => convByHand(input, valuesOf(weights)),
    );
    checkGradient(
      weights,
      (input) => conv(x, input, 1, 1),
      (input) => convByHand(valuesOf(x), input),
    );
  });

  it.each([1, 2] as const)('pools, stride %d', (stride) => {
    const spread = tf.tensor(
      Float32Array.from({ length: 40 }, (_, i) => (7 * i) % 40),
      [1, 5, 4, 2],
    );
    checkGradient(
      spread,
      (input) => maxPool(input, stride),
      (input) => maxPoolByHand(input, stride),
    );
    checkGradient(
      x,
      (input) => avgPool(input, stride),
      (input) => avgPoolByHand(input, stride),
    );
  });

  it('batch norm with batch statistics', () => {
    const [scale, offset] = [image([2], 'scale'), image([2], 'offset')];
    const [mean, variance] = [tf.zeros([2]), tf.ones([2])];
    checkGradient(
      x,
      (input) => batchNormTrain(input, scale, offset, mean, variance).y,
      (input) => batchNormByHand(input, valuesOf(scale), valuesOf(offset)),
    );
    checkGradient(
      scale,
      (input) => batchNormTrain(x, input, offset, mean, variance).y,
      (input) => batchNormByHand(valuesOf(x), input, valuesOf(offset)),
    );
    checkGradient(
      offset,
      (input) => batchNormTrain(x, scale, input, mean, variance).y,
      (input) => batchNormByHand(valuesOf(x), valuesOf(scale), input),
    );
  });

  it('relu and cross-entropy', () => {
    const away = tf.tensor2d([0.5, -0.7, 1.2, -2, 0.3, 0.9], [2, 3]);
    checkGradient(away, relu, ({ data }) => Array.from(data, (value) => Math.max(0, value)));
    checkGradient(
      away,
      (logits) => crossEntropy(logits, tf.tensor1d([2, 0], 'int32')),
      (logits) => crossEntropyByHand(logits, [2, 0]),
    );
  });
});
