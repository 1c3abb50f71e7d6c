import type { Tensor4D } from '@tensorflow/tfjs-node';
import { attribute } from './attributes.js';
import { backend, tf, type OpAttribute, type Tensor } from './backend.js';
import { kernel } from './kernels.js';

/**
 * Depthwise 3x3 convolution with dilation 2, stride 1 and symmetric padding 2: `[n, h, w, c] * [3, 3, c, 1]`, any height and width.
 *
 * TensorFlow's gradients of a dilated depthwise convolution are wrong on the CPU without an error (they ignore the dilation), so both are written
 * with what is right. For the input: the dilated convolution of the output's gradient with the kernel turned by half a turn. For the kernel:
 * pixels two apart are neighbours on one of the four grids of equal parity, where the convolution is a plain one.
 */
export function dilatedDepthwise(x: Tensor, weights: Tensor): Tensor {
  return tf.customGrad((input, taps, save) => {
    (save as unknown as (tensors: Tensor[]) => void)([input as Tensor, taps as Tensor]);
    return {
      value: convolve(input as Tensor, taps as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedInput, savedTaps] = saved as [Tensor, Tensor];
        return [convolve(dy, tf.reverse(savedTaps, [0, 1])), tapsGradient(parityGrids(savedInput), savedTaps.shape, parityGrids(dy))];
      },
    };
  })(x, weights);
}

/** One operation, where there is a kernel for it (oneDNN has one); else the plain convolution of each grid. */
function convolve(x: Tensor, taps: Tensor): Tensor {
  if (dilatedKernel.works()) return backend.executeSingleOutput('DepthwiseConv2dNative', attributes(2), [x, taps]);
  const [, height = 0, width = 0] = x.shape;
  const grids = tf.depthwiseConv2d(parityGrids(x) as Tensor4D, taps as Tensor4D, 1, 'same');
  return tf.batchToSpaceND(grids, [2, 2], oddEnds(height, width));
}

function tapsGradient(x: Tensor, shape: number[], dy: Tensor): Tensor {
  return backend.executeSingleOutput('DepthwiseConv2dNativeBackpropFilter', attributes(1), [x, tf.tensor1d(shape, 'int32'), dy]);
}

/** The four grids of every other pixel, one behind the other: `[4n, ceil(h/2), ceil(w/2), c]`, with a row or column of zeros at an odd end. */
function parityGrids(x: Tensor): Tensor {
  const [, height = 0, width = 0] = x.shape;
  return tf.spaceToBatchND(x as Tensor4D, [2, 2], oddEnds(height, width));
}

const oddEnds = (height: number, width: number) => [
  [0, height % 2],
  [0, width % 2],
];

function attributes(dilation: number): OpAttribute[] {
  return [
    attribute.type('T'),
    attribute.integers('strides', [1, 1, 1, 1]),
    attribute.text('padding', 'SAME'),
    attribute.text('data_format', 'NHWC'),
    attribute.integers('dilations', [1, dilation, dilation, 1]),
  ];
}

/** One pixel in the middle of 5 x 5 shows every tap at its place, the two channels that they are kept apart. */
const middle = Array.from({ length: 50 }, (_, i) => (i === 24 || i === 25 ? 1 : 0));
const twoByNine = Array.from({ length: 18 }, (_, i) => (i % 2 === 0 ? i / 2 + 1 : -(i + 1) / 2));

export const dilatedKernel = kernel('DepthwiseConv2dNative dilations=2', (call, make) => {
  const [y] = call('DepthwiseConv2dNative', attributes(2), [make([1, 5, 5, 2], middle), make([3, 3, 2, 1], twoByNine)], 1);
  const expected = Array.from({ length: 50 }, (_, i) => {
    const [row, column] = [Math.floor(i / 10), Math.floor(i / 2) % 5];
    return row % 2 === 0 && column % 2 === 0 ? (twoByNine[16 - 3 * row - column + (i % 2)] ?? NaN) : 0;
  });
  return [[y, expected]];
});
