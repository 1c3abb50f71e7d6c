import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { compile } from '../../src/nn/compile/compile.js';
import { dilatedDepthwise } from '../../src/nn/dilated-depthwise.js';
import { factorizedReduction } from '../../src/nn/factorized-reduction.js';
import { conv, maxPool } from '../../src/nn/primitives.js';
import { subsample } from '../../src/nn/subsample.js';

/** An image operation's output and its input's gradient for a given output gradient, computed by the engine. */
function runWithGradient(engine: 'compiled' | 'eager', operation: (x: Tensor) => Tensor, x: Tensor, dy: Tensor) {
  const step = compile(
    (inputs) => {
      const { value, grad } = tf.valueAndGrad(operation)(inputs['x'] as Tensor, inputs['dy']);
      return { y: value, dx: grad };
    },
    {
      engine,
      onFallback(reason) {
        throw new Error(reason);
      },
    },
  );
  const { y, dx } = step.run({ x, dy }) as Record<'y' | 'dx', Tensor>;
  const result = { y: [...y.dataSync()], dx: [...dx.dataSync()] };
  tf.dispose([y, dx]);
  step.dispose();
  return result;
}

/** Small whole numbers: all their sums are exact in float32, in any order, so that results are equal whatever computes them. */
const integers = (shape: number[], most: number, purpose: string) => {
  const numbers = random(1, purpose);
  return tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => numbers.integer(2 * most + 1) - most),
    shape,
  );
};
/** Output positions a, b with their inputs at stride * a + offset, when inside. */
function* pixels([n = 0, h = 0, w = 0, c = 0]: readonly number[]) {
  for (let image = 0; image < n; image++)
    for (let row = 0; row < h; row++)
      for (let column = 0; column < w; column++) for (let channel = 0; channel < c; channel++) yield { image, row, column, channel };
}
const at = ([, h = 0, w = 0, c = 0]: readonly number[], image: number, row: number, column: number, channel: number) =>
  row < 0 || column < 0 || row >= h || column >= w ? -1 : ((image * h + row) * w + column) * c + channel;

const engines = ['compiled', 'eager'] as const;
const sizes: [n: number, h: number, w: number, c: number][] = [[3, 1, 1, 2], [2, 2, 3, 1], [2, 5, 5, 3], [2, 8, 8, 16], [1, 7, 10, 4]]; // prettier-ignore

describe.each(engines)('the gradient of 3x3 max pooling (%s)', (engine) => {
  it.each(sizes.flatMap((shape) => [1 as const, 2 as const].map((stride) => ({ shape, stride }))))(
    'goes to the first maximum in row order: $shape, stride $stride',
    ({ shape, stride }) => {
      const [n, h, w, c] = shape;
      const small = [n, Math.ceil(h / stride), Math.ceil(w / stride), c];
      // Three values only: ties everywhere.
      const [x, dy] = [integers(shape, 1, 'x'), integers(small, 8, 'dy')];
      const [values, gradients] = [x.dataSync(), dy.dataSync()];
      const expected = { y: [] as number[], dx: Array.from(values, () => 0) };
      let output = 0;
      for (const { image, row, column, channel } of pixels(small)) {
        let first = -1;
        for (let i = -1; i <= 1; i++) {
          for (let j = -1; j <= 1; j++) {
            const index = at(shape, image, row * stride + i, column * stride + j, channel);
            if (index >= 0 && (first < 0 || (values[index] ?? 0) > (values[first] ?? 0))) first = index;
          }
        }
        expected.y.push(values[first] ?? NaN);
        expected.dx[first] = (expected.dx[first] ?? 0) + (gradients[output] ?? 0);
        output += 1;
      }
      expect(runWithGradient(engine, (image) => maxPool(image, stride), x, dy)).toEqual(expected);
    },
  );
});

describe.each(engines)('a depthwise convolution with dilation 2 (%s)', (engine) => {
  it.each(sizes)('has the output and gradients of its definition: %i images of %i x %i x %i', (...shape) => {
    const kernelShape = [3, 3, shape[3], 1];
    // Small integers: every sum is exact.
    const [x, kernel, dy] = [integers(shape, 3, 'x'), integers(kernelShape, 3, 'kernel'), integers(shape, 3, 'dy')];
    const [values, weights, gradients] = [x.dataSync(), kernel.dataSync(), dy.dataSync()];
    const [y, dx, dk] = [values, values, weights].map((like) => Array.from(like, () => 0)) as [number[], number[], number[]];
    let output = 0;
    for (const { image, row, column, channel } of pixels(shape)) {
      for (let tap = 0; tap < 9; tap++) {
        const input = at(shape, image, row + 2 * (Math.floor(tap / 3) - 1), column + 2 * ((tap % 3) - 1), channel);
        const weight = tap * shape[3] + channel;
        if (input < 0) continue;
        y[output] = (y[output] ?? 0) + (values[input] ?? 0) * (weights[weight] ?? 0);
        dx[input] = (dx[input] ?? 0) + (gradients[output] ?? 0) * (weights[weight] ?? 0);
        dk[weight] = (dk[weight] ?? 0) + (gradients[output] ?? 0) * (values[input] ?? 0);
      }
      output += 1;
    }
    expect(runWithGradient(engine, (image) => dilatedDepthwise(image, kernel), x, dy)).toEqual({ y, dx });
    expect(runWithGradient(engine, (taps) => dilatedDepthwise(x, taps), kernel, dy)).toEqual({ y, dx: dk });
  });
});

describe.each(engines)('every other pixel (%s)', (engine) => {
  it.each(sizes.flatMap((shape) => [0 as const, 1 as const].map((offset) => ({ shape, offset }))))(
    'of $shape from $offset, zeros beyond the end',
    ({ shape, offset }) => {
      const [n, h, w, c] = shape;
      const small = [n, Math.ceil(h / 2), Math.ceil(w / 2), c];
      const [x, dy] = [integers(shape, 9, 'x'), integers(small, 9, 'dy')];
      const [values, gradients] = [x.dataSync(), dy.dataSync()];
      const expected = { y: [] as number[], dx: Array.from(values, () => 0) };
      let output = 0;
      for (const { image, row, column, channel } of pixels(small)) {
        const index = at(shape, image, 2 * row + offset, 2 * column + offset, channel);
        expected.y.push(index < 0 ? 0 : (values[index] ?? NaN));
        if (index >= 0) expected.dx[index] = gradients[output] ?? NaN;
        output += 1;
      }
      expect(runWithGradient(engine, (image) => subsample(image, offset), x, dy)).toEqual(expected);
    },
  );
});

describe.each(engines)('1x1 convolutions of the same images (%s)', (engine) => {
  /** Channels of each projection's kernels: one kernel reads all pixels, two are a factorized reduction. */
  const plans: number[][][] = [
    [[3]],
    [[2, 3]],
    [[2], [1, 2], [3]],
    [[2], [3]],
    [
      [1, 1],
      [2, 1],
    ],
  ];
  it.each(sizes.flatMap((shape) => plans.map((plan) => ({ shape, plan }))))(
    'have the outputs and gradients of their definition: $plan on $shape',
    ({ shape, plan }) => {
      const [n, h, w, c] = shape;
      const outputShapes = plan.map((widths) => {
        const side = (length: number) => Math.ceil(length / widths.length);
        return [n, side(h), side(w), widths.reduce((a, b) => a + b, 0)];
      });
      const kernels = plan.map((widths, i) => widths.map((width, k) => integers([1, 1, c, width], 3, `kernel ${i} ${k}`)));
      const outputGradients = outputShapes.map((outputShape, i) => integers(outputShape, 3, `dy ${i}`));
      const x = integers(shape, 3, 'x');
      const values = x.dataSync();
      const expected = {
        outputs: outputShapes.map((outputShape) => Array.from({ length: outputShape.reduce((a, b) => a * b, 1) }, () => 0)),
        dx: Array.from(values, () => 0),
        dKernels: kernels.flat().map((kernel) => Array.from(kernel.dataSync(), () => 0)),
      };
      let flat = 0;
      plan.forEach((widths, i) => {
        const dy = (outputGradients[i] as Tensor).dataSync();
        const y = expected.outputs[i] as number[];
        let before = 0;
        widths.forEach((width, offset) => {
          const weights = (kernels[i]?.[offset] as Tensor).dataSync();
          const dWeights = expected.dKernels[flat++] as number[];
          let output = 0;
          for (const { image, row, column, channel } of pixels(outputShapes[i] as number[])) {
            const own = channel - before;
            for (let from = 0; own >= 0 && own < width && from < c; from++) {
              const input = at(shape, image, row * widths.length + offset, column * widths.length + offset, from);
              if (input < 0) continue;
              y[output] = (y[output] ?? 0) + (values[input] ?? 0) * (weights[from * width + own] ?? 0);
              expected.dx[input] = (expected.dx[input] ?? 0) + (dy[output] ?? 0) * (weights[from * width + own] ?? 0);
              dWeights[from * width + own] = (dWeights[from * width + own] ?? 0) + (dy[output] ?? 0) * (values[input] ?? 0);
            }
            output += 1;
          }
          before += width;
        });
      });

      const project = (images: Tensor, flatKernels: readonly Tensor[]) => {
        let next = 0;
        return plan.map(({ length }) => {
          const [even, odd] = flatKernels.slice(next, (next += length)) as [Tensor, Tensor?];
          return odd ? factorizedReduction(images, even, odd) : conv(images, even, 1, 0);
        });
      };
      const step = compile(
        (inputs) => {
          const images = inputs['x'] as Tensor;
          const all = kernels.flat().map((_, k) => inputs[`k${k}`] as Tensor);
          const score = (image: Tensor, ...flatKernels: Tensor[]) =>
            project(image, flatKernels)
              .map((y, i) => tf.sum(tf.mul(y, inputs[`dy${i}`] as Tensor)))
              .reduce((sum, term) => tf.add(sum, term)) as never;
          const [dx, ...dKernels] = tf.grads(score)([images, ...all]) as [Tensor, ...Tensor[]];
          const outputs = project(images, all);
          return {
            dx,
            ...Object.fromEntries(outputs.map((y, i) => [`y${i}`, y])),
            ...Object.fromEntries(dKernels.map((dk, k) => [`dk${k}`, dk])),
          };
        },
        {
          engine,
          onFallback(reason) {
            throw new Error(reason);
          },
        },
      );
      const named = (prefix: string, tensors: readonly Tensor[]) =>
        Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${i}`, tensor]));
      const found = step.run({ x, ...named('k', kernels.flat()), ...named('dy', outputGradients) });
      const numbers = (name: string) => [...(found[name] as Tensor).dataSync()].map((value) => value + 0); // no -0
      expect({
        outputs: plan.map((_, i) => numbers(`y${i}`)),
        dx: numbers('dx'),
        dKernels: expected.dKernels.map((_, k) => numbers(`dk${k}`)),
      }).toEqual(expected);
      plan.forEach((_, i) => {
        expect((found[`y${i}`] as Tensor).shape).toEqual(outputShapes[i]);
      });
      tf.dispose(found);
      step.dispose();
    },
  );
});
