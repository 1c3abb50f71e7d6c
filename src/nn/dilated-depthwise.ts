import type { Tensor4D } from '@tensorflow/tfjs-node';
import { backend, tf, type OpAttribute, type Tensor } from './backend.js';

/**
 * Depthwise 3x3 convolution with dilation 2, stride 1 and symmetric padding 2: `[n, h, w, c] * [3, 3, c, 1]`, any height and width.
 *
 * TensorFlow's gradients of a dilated depthwise convolution are wrong on the CPU without an error (they ignore the dilation), so both are written
 * with what is right. For the input: the dilated convolution of the output's gradient with the kernel turned by half a turn. For the kernel:
 * pixels two apart are neighbours on one of the four grids of equal parity, where the convolution is a plain one.
 */
export function dilatedDepthwise(x: Tensor, kernel: Tensor): Tensor {
  return tf.customGrad((input, weights, save) => {
    (save as unknown as (tensors: Tensor[]) => void)([input as Tensor, weights as Tensor]);
    return {
      value: convolve(input as Tensor, weights as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedInput, savedWeights] = saved as [Tensor, Tensor];
        return [
          convolve(dy, tf.reverse(savedWeights, [0, 1])),
          kernelGradient(parityGrids(savedInput), savedWeights.shape, parityGrids(dy)),
        ];
      },
    };
  })(x, kernel);
}

function convolve(x: Tensor, kernel: Tensor): Tensor {
  return backend.executeSingleOutput('DepthwiseConv2dNative', attributes(2), [x, kernel]);
}

function kernelGradient(x: Tensor, shape: number[], dy: Tensor): Tensor {
  return backend.executeSingleOutput('DepthwiseConv2dNativeBackpropFilter', attributes(1), [x, tf.tensor1d(shape, 'int32'), dy]);
}

/** The four grids of every other pixel, one behind the other: `[4n, ceil(h/2), ceil(w/2), c]`, with a row or column of zeros at an odd end. */
function parityGrids(x: Tensor): Tensor {
  const [, height = 0, width = 0] = x.shape;
  return tf.spaceToBatchND(
    x as Tensor4D,
    [2, 2],
    [
      [0, height % 2],
      [0, width % 2],
    ],
  );
}

function attributes(dilation: number): OpAttribute[] {
  const { binding } = backend;
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'strides', type: binding.TF_ATTR_INT, value: [1, 1, 1, 1] },
    { name: 'padding', type: binding.TF_ATTR_STRING, value: 'SAME' },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'dilations', type: binding.TF_ATTR_INT, value: [1, dilation, dilation, 1] },
  ];
}
