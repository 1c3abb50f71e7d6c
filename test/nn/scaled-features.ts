import type { FrozenWeights } from '../../src/core/frozen-weights.js';
import { random } from '../../src/core/random.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { scopedNetwork, type Network } from '../../src/nn/network.js';

/** Numbers of one example, and features of the network. */
export const [inputs, features] = [12, 16];

/** A frozen table `[rows, columns]` of random numbers; {@link scaledFeatures} reads its first `inputs` rows and `features` columns. */
export function frozenTable(rows: number, columns: number, seed = 0): FrozenWeights {
  const source = random(seed, 'frozen table');
  const block = Float32Array.from({ length: 4096 }, () => 0.3 * source.normal());
  const data = new Float32Array(rows * columns);
  for (let start = 0; start < data.length; start += block.length) data.set(block.subarray(0, data.length - start), start);
  const arrays = { table: { shape: [rows, columns], data } };
  return { sha256: hashArrays(arrays), arrays };
}

/** The tanh of a frozen linear map, scaled and shifted: the network trains the scales and shifts alone. */
export function scaledFeatures(key: string, frozen: FrozenWeights): Network {
  return scopedNetwork(
    key,
    { shape: [inputs], dtype: 'float32' },
    (scope, x) => {
      const kernel = tf.slice(scope.frozen('table'), [0, 0], [inputs, features]);
      const hidden = tf.tanh(tf.matMul(x, kernel as never));
      return tf.add(tf.mul(hidden, scope.weight('scale', [features], { value: 1 })), scope.weight('shift', [features], { value: 0 }));
    },
    frozen,
  );
}

/** A batch of 16 examples of two classes, and a training step's other inputs for {@link scaledFeatures} with one head. */
export function stepInputs(): Record<'weights' | 'velocity' | 'x' | 'y' | 'learningRate', Tensor> {
  const source = random(1, 'scaled features');
  const x = Float32Array.from({ length: 16 * inputs }, () => source.normal());
  const size = 2 * features + 2 * features + 2;
  const weights = Float32Array.from({ length: size }, (_, i) => (i < features ? 1 : i < 2 * features ? 0 : 0.1 * source.normal()));
  return {
    weights: tf.tensor1d(weights),
    velocity: tf.zeros([size]),
    x: tf.tensor2d(x, [16, inputs]),
    y: tf.tensor1d(
      Int32Array.from({ length: 16 }, (_, i) => Number((x[i * inputs] ?? 0) > 0)),
      'int32',
    ),
    learningRate: tf.scalar(0.1),
  };
}
