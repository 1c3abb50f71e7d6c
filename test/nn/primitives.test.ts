import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { batchNormTrain } from '../../src/nn/batch-norm.js';
import { avgPool, conv, crossEntropy, depthwise, maxPool, relu } from '../../src/nn/primitives.js';

type Grid = (b: number, y: number, x: number, c: number) => number;

const image = (shape: number[], name: string): Tensor => {
  const source = random(0, name);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => source.normal()),
    shape,
  );
};

/** Reads `[n, h, w, c]` with zeros (or `outside`) beyond the border. */
function reader(x: Tensor, outside: number): Grid {
  const [, height = 0, width = 0, channels = 0] = x.shape;
  const data = x.dataSync();
  return (b, y, column, c) =>
    y < 0 || column < 0 || y >= height || column >= width ? outside : (data[((b * height + y) * width + column) * channels + c] ?? NaN);
}

/** What a 3x3 window operation with symmetric padding should give, written out. */
function windows(x: Tensor, stride: number, dilation: number, outside: number, reduce: (values: number[], channel: number) => number) {
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

const close = (actual: Tensor, wanted: number[]) => {
  const data = actual.dataSync();
  expect(data.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(data[i], `element ${i}`).toBeCloseTo(value, 4));
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
  const weights = kernel.dataSync();

  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
  ] as const)('depthwise with stride %d and dilation %d pads symmetrically', (stride, dilation) => {
    close(
      depthwise(x, kernel, stride, dilation),
      windows(x, stride, dilation, 0, (values, c) => values.reduce((sum, value, k) => sum + value * (weights[3 * k + c] ?? NaN), 0)),
    );
  });

  it.each([1, 2] as const)('maximum and mean with stride %d leave padding out', (stride) => {
    close(
      maxPool(x, stride),
      windows(x, stride, 1, -Infinity, (values) => Math.max(...values)),
    );
    close(
      avgPool(x, stride),
      windows(x, stride, 1, NaN, (values) => {
        const within = values.filter((value) => !Number.isNaN(value));
        return within.reduce((sum, value) => sum + value, 0) / within.length;
      }),
    );
  });
});

/** Central differences of `loss` in every element of `x` against the gradient that tfjs gives. */
function checkGradient(x: Tensor, loss: (x: Tensor) => Tensor) {
  const weigh = (y: Tensor) =>
    tf
      .sum(
        tf.mul(
          y,
          tf.tensor(
            Float32Array.from({ length: y.size }, (_, i) => Math.sin(i + 1)),
            y.shape,
          ),
        ),
      )
      .asScalar();
  const f = (values: Tensor) => weigh(loss(values));
  const gradient = tf.grad(f)(x).dataSync();
  const data = x.dataSync();
  const step = 1e-2;
  data.forEach((value, i) => {
    const moved = (delta: number) => {
      const copy = data.slice();
      copy[i] = value + delta;
      return f(tf.tensor(copy, x.shape)).dataSync()[0] ?? NaN;
    };
    expect(Math.abs((gradient[i] ?? NaN) - (moved(step) - moved(-step)) / (2 * step)), `element ${i}`).toBeLessThan(2e-2);
  });
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
    checkGradient(x, (input) => depthwise(input, kernel, stride, dilation));
    checkGradient(kernel, (weights) => depthwise(x, weights, stride, dilation));
  });

  it('convolution', () => {
    const weights = image([3, 3, 2, 3], 'conv');
    checkGradient(x, (input) => conv(input, weights, 1, 1));
    checkGradient(weights, (input) => conv(x, input, 1, 1));
  });

  it.each([1, 2] as const)('pools, stride %d', (stride) => {
    const spread = tf.tensor(
      Float32Array.from({ length: 40 }, (_, i) => (7 * i) % 40),
      [1, 5, 4, 2],
    );
    checkGradient(spread, (input) => maxPool(input, stride));
    checkGradient(x, (input) => avgPool(input, stride));
  });

  it('batch norm with batch statistics', () => {
    const [scale, offset] = [image([2], 'scale'), image([2], 'offset')];
    const [mean, variance] = [tf.zeros([2]), tf.ones([2])];
    checkGradient(x, (input) => batchNormTrain(input, scale, offset, mean, variance).y);
    checkGradient(scale, (input) => batchNormTrain(x, input, offset, mean, variance).y);
    checkGradient(offset, (input) => batchNormTrain(x, scale, input, mean, variance).y);
  });

  it('relu and cross-entropy', () => {
    const away = tf.tensor2d([0.5, -0.7, 1.2, -2, 0.3, 0.9], [2, 3]);
    checkGradient(away, relu);
    checkGradient(away, (logits) => crossEntropy(logits, tf.tensor1d([2, 0], 'int32')));
  });
});
