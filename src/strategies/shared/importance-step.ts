import { tf, type Tensor } from '../../nn/backend.js';
import type { StepFunction } from '../../nn/compile/compile.js';
import { frozenTensors } from '../../nn/frozen-tensors.js';
import { applyHead, headLayout } from '../../nn/head.js';
import type { Network } from '../../nn/network.js';
import { crossEntropy } from '../../nn/primitives.js';
import type { StepDefinition } from '../../nn/step-cache.js';

/** What makes a weight important: the squared gradient of the log-likelihood (`fisher`), or the size of the gradient of the squared norm of the logits (`logits`). */
export type ImportanceKind = 'fisher' | 'logits';

/**
 * Adds one example's importance of every weight to `sum`: `weights [P + heads]`, `statistics`, `x [1, ...]`, `y [1]` (int32: the class's column
 * among the heads) and `sum [P + heads]` in, the new `sum` out. The network runs with its running statistics, which stay as they are.
 */
export function importanceStep(network: Network, classes: readonly number[], kind: ImportanceKind): StepFunction {
  const layouts = classes.map((count) => headLayout(network.featureSize, count));
  const sizes = [network.declaration.parameters.size, ...layouts.map(({ size }) => size)];
  return (inputs) => {
    const { weights, statistics, x, y, sum } = inputs;
    const measured = (flat: Tensor) => {
      const [body, ...heads] = tf.split(flat, sizes) as [Tensor, ...Tensor[]];
      const features = network.infer(body, statistics as Tensor, frozenTensors(network.frozen, inputs), x as Tensor);
      const logits = tf.concat(
        layouts.map((layout, j) => applyHead(layout, heads[j] as Tensor, features)),
        1,
      );
      return (kind === 'fisher' ? crossEntropy(logits, y as Tensor) : tf.sum(tf.square(logits))).asScalar();
    };
    const gradient = tf.grad(measured)(weights as Tensor);
    return { sum: tf.add(sum as Tensor, kind === 'fisher' ? tf.square(gradient) : tf.abs(gradient)) };
  };
}

/** {@link importanceStep} for a step cache. */
export function importanceDefinition(network: Network, classes: readonly number[], kind: ImportanceKind): StepDefinition {
  const key = `importance ${network.key} ${JSON.stringify({ classes, kind })}`;
  return { key, build: () => importanceStep(network, classes, kind), frozen: network.frozen };
}
