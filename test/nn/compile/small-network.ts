import { backend, tf, type Tensor } from '../../../src/nn/backend.js';
import type { StepFunction } from '../../../src/nn/compile/compile.js';
import { random } from '../../../src/core/random.js';
import { batchNormTrain } from '../../../src/nn/batch-norm.js';
import { crossEntropy, depthwise, maxPool, relu } from '../../../src/nn/primitives.js';

const shapes = { stem: [3, 3, 3, 4], spread: [3, 3, 4, 1], scale: [4], offset: [4], head: [4, 3] } as const;
type Weights = Record<keyof typeof shapes, Tensor>;
const names = Object.keys(shapes) as (keyof typeof shapes)[];

/** A training step of convolution, batch norm, pooling and a linear head: gradients, raw operations, state and statistics, as an expert's step has. */
export const trainSmallNetwork: StepFunction = (inputs) => {
  const { x, y, rate, mean, variance } = inputs as Record<'x' | 'y' | 'rate' | 'mean' | 'variance', Tensor>;
  const weights = names.map((name) => inputs[name] as Tensor);
  let statistics: Tensor[] = [];
  const loss = (...values: Tensor[]) => {
    const w = Object.fromEntries(names.map((name, i) => [name, values[i]])) as Weights;
    const stem = tf.conv2d(x as never, w.stem as never, 1, 'same');
    const normal = batchNormTrain(stem, w.scale, w.offset, mean, variance);
    statistics = [normal.mean, normal.variance];
    const pooled = maxPool(depthwise(relu(normal.y), w.spread, 1, 2), 1);
    return crossEntropy(tf.matMul(tf.mean(pooled, [1, 2]), w.head as never), y).asScalar();
  };
  const { value, grads } = tf.valueAndGrads(loss)(weights);
  const updated = names.map((name, i) => [name, tf.sub(weights[i] as Tensor, tf.mul(grads[i] as Tensor, rate))] as const);
  const [newMean, newVariance] = statistics.map((tensor) => tensor.clone()) as [Tensor, Tensor];
  tf.dispose(statistics);
  return { ...Object.fromEntries(updated), mean: newMean, variance: newVariance, loss: value };
};

/** Starting state and one batch of eight 8x8 images. */
export function smallNetworkInputs(): Record<string, Tensor> {
  const numbers = random(0, 'small network');
  const normal = (shape: readonly number[], deviation: number) =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => deviation * numbers.normal()),
      [...shape],
    );
  return {
    ...Object.fromEntries(names.map((name) => [name, normal(shapes[name], name === 'scale' ? 1 : 0.3)])),
    mean: tf.zeros([4]),
    variance: tf.ones([4]),
    x: normal([8, 8, 8, 3], 1),
    y: tf.tensor1d(
      Int32Array.from({ length: 8 }, (_, i) => i % 3),
      'int32',
    ),
    rate: tf.scalar(0.1),
  };
}

/** Tensors that tfjs and TensorFlow hold. */
export const tensorCounts = () => [tf.memory().numTensors, backend.binding.getNumOfTensors()];
