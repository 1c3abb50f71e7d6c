import { tf, type Tensor } from './backend.js';
import type { Network } from './network.js';
import { relu } from './primitives.js';
import { declare, inferenceScope, trainingScope, type Scope } from './scope.js';

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
  const forward = (scope: Scope, x: Tensor) =>
    units.reduce((hidden, width, layer) => relu(linear(scope, hidden, layer, width)), flatten(x));
  const declaration = declare(forward, inputShape);
  return {
    key: `mlp ${JSON.stringify({ inputShape, units })}`,
    declaration,
    featureSize: units.at(-1) ?? 0,
    infer: (parameters, statistics, x) => forward(inferenceScope(declaration, parameters, statistics), x),
    train: (parameters, statistics, x) => ({
      features: forward(trainingScope(declaration, parameters, statistics), x),
      newStatistics: () => statistics,
    }),
  };
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
