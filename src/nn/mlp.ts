import { tf, type Tensor } from './backend.js';
import { scopedNetwork, type Network } from './network.js';
import { relu } from './primitives.js';
import type { Scope } from './scope.js';

/** What a multi-layer perceptron is built from. */
export interface MlpArchitecture {
  /** Inputs of any shape; they are flattened. */
  readonly inputShape: readonly number[];
  /** Width of each hidden layer, the first one first. */
  readonly units: readonly number[];
}

/**
 * A multi-layer perceptron as a feature network: linear layers with bias, each followed by ReLU; the last hidden layer gives the features. It has
 * no batch norm and so no running statistics.
 */
export function mlpNetwork({ inputShape, units }: MlpArchitecture): Network {
  return scopedNetwork(`mlp ${JSON.stringify({ inputShape, units })}`, { shape: inputShape, dtype: 'float32' }, (scope, x) =>
    units.reduce((hidden, width, layer) => relu(linear(scope, hidden, layer, width)), flatten(x)),
  );
}

/** `[n, ...shape]` as `[n, d]`. */
export const flatten = (x: Tensor): Tensor => tf.reshape(x, [x.shape[0], x.shape.slice(1).reduce((product, side) => product * side, 1)]);

/** Hidden layer `layer` before its activation: `[n, from]` → `[n, width]`. */
export function linear(scope: Scope, x: Tensor, layer: number, width: number): Tensor {
  const from = x.shape[1] ?? 0;
  const initial = { fanIn: from };
  scope.count(from * width);
  const kernel = scope.weight(`hidden.${layer}.weight`, [from, width], initial);
  return tf.add(tf.matMul(x, kernel), scope.weight(`hidden.${layer}.bias`, [width], initial));
}
