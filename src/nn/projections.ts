import type { Tensor4D } from '@tensorflow/tfjs-node';
import { attribute } from './attributes.js';
import { backend, tf, type Tensor } from './backend.js';
import { conv } from './primitives.js';
import { subsample } from './subsample.js';

/** One kernel `[1, 1, c, out]` convolves all pixels. Two are a factorized reduction: every other pixel from 0 by the first, from 1 by the second. */
export type Projection = readonly [kernel: Tensor] | readonly [even: Tensor, odd: Tensor];

const kernelName = 'Projections';

/**
 * 1x1 convolutions that read the same images `[n, h, w, c]`: `[n, h, w, out]` each, or `[n, ceil(h/2), ceil(w/2), out]`, the outputs of both
 * kernels side by side.
 *
 * One operation, so that its gradients are those of one convolution with all kernels side by side: the images are read once, and their gradient
 * is written once instead of being a sum of several. The gradient of a reduction joins with zeros where it has read nothing.
 */
export function project(x: Tensor, projections: readonly Projection[]): Tensor[] {
  const inputs = [x, ...projections.flat()] as unknown as Parameters<ReturnType<typeof tf.engine>['runKernel']>[1];
  return tf.engine().runKernel(kernelName, inputs, { kernels: projections.map(({ length }) => length) }) as unknown as Tensor[];
}

/** The kernels, grouped as they were handed over. */
function grouped(kernels: readonly Tensor[], counts: readonly number[]): Projection[] {
  let next = 0;
  return counts.map((count) => kernels.slice(next, (next += count)) as unknown as Projection);
}

tf.registerKernel({
  kernelName,
  backendName: 'tensorflow',
  kernelFunc({ inputs, attrs }) {
    const [x, ...kernels] = inputs as unknown as [Tensor, ...Tensor[]];
    return tf.tidy(() =>
      grouped(kernels, attrs?.['kernels'] as number[]).map(([first, second]) => {
        if (!second) return conv(x, first, 1, 0);
        return tf.concat([conv(subsample(x, 0), first, 1, 0), conv(subsample(x, 1), second, 1, 0)], 3);
      }),
    );
  },
});

tf.registerGradient({
  kernelName,
  saveAllInputs: true,
  gradFunc(gradients, saved, attributes) {
    const [x, ...kernels] = saved as [Tensor, ...Tensor[]];
    const projections = grouped(kernels, attributes['kernels'] as number[]);
    const outputs = [gradients].flat();
    const inPlace = outputs.map((dy, i) => {
      const [first, second] = projections[i] as Projection;
      return second ? spread(dy, first.shape[3] ?? 0, x.shape) : dy;
    });
    const dx = tf.conv2dTranspose(joined(inPlace) as Tensor4D, joined(kernels) as Tensor4D, x.shape as Tensor4D['shape'], 1, 'valid');
    return [dx, ...kernelGradients(x, projections, outputs)].map((gradient) => () => gradient) as never;
  },
});

/** Gradients of all kernels in order: one convolution for those that read all pixels, and one for each that reads a quarter of them. */
function kernelGradients(x: Tensor, projections: readonly Projection[], outputs: readonly Tensor[]): Tensor[] {
  const whole = projections.flatMap(([kernel, second], i) => (second ? [] : [{ kernel, dy: outputs[i] as Tensor }]));
  const widths = whole.map(({ kernel }) => kernel.shape[3] ?? 0);
  const together = whole.length > 0 ? split(kernelGradient(x, joined(whole.map(({ dy }) => dy))), widths) : [];
  return projections.flatMap(([first, second], i) => {
    if (!second) return together.splice(0, 1);
    const [even, odd] = split(outputs[i] as Tensor, [first.shape[3] ?? 0, second.shape[3] ?? 0]) as [Tensor, Tensor];
    return [kernelGradient(subsample(x, 0), even), kernelGradient(subsample(x, 1), odd)];
  });
}

const split = (x: Tensor, widths: readonly number[]) => (widths.length > 1 ? tf.split(x, [...widths], 3) : [x]);

const joined = (tensors: readonly Tensor[]) => (tensors.length > 1 ? tf.concat([...tensors], 3) : (tensors[0] as Tensor));

/**
 * A reduction's output gradient at the pixels that it read: the first `even` channels at those of even row and column, the others at those of odd
 * ones. `[n, h, w, out]` for images of `shape`.
 */
function spread(dy: Tensor, even: number, [n = 0, height = 0, width = 0]: readonly number[]): Tensor {
  const [, rows = 0, columns = 0, channels = 0] = dy.shape;
  const parts = split(dy, [even, channels - even]);
  const row = (part: Tensor, before: number, after: number) => {
    const pixels = tf.reshape(part, [n * rows * columns, part.shape[3] ?? 0]);
    return tf.reshape(tf.pad(pixels, [[0, 0], [before, after]]), [n * rows, 2 * columns * channels]); // prettier-ignore
  };
  const pairs = [row(parts[0] as Tensor, 0, 2 * channels - even), row(parts[1] as Tensor, channels + even, 0)];
  const whole = tf.reshape(tf.concat(pairs, 1), [n, 2 * rows, 2 * columns, channels]);
  return 2 * rows === height && 2 * columns === width ? whole : tf.slice(whole, [0, 0, 0, 0], [n, height, width, channels]);
}

/** Gradient of a kernel `[1, 1, c, out]` that convolved x to outputs with this gradient. */
function kernelGradient(x: Tensor, dy: Tensor): Tensor {
  const attributes = [attribute.type('T'), attribute.integers('strides', [1, 1, 1, 1]), attribute.text('padding', 'VALID')];
  const shape = tf.tensor1d([1, 1, x.shape[3] ?? 0, dy.shape[3] ?? 0], 'int32');
  return backend.executeSingleOutput('Conv2DBackpropFilter', attributes, [x, shape, dy]);
}
