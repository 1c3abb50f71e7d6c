import { tf, type Tensor } from './backend.js';
import type { StepFunction } from './compile/compile.js';
import { frozenTensors } from './frozen-tensors.js';
import { applyHeadToMembers, headLayout } from './head.js';
import type { Network } from './network.js';
import { updated, type UpdateRule } from './optimizer.js';
import { crossEntropy } from './primitives.js';
import type { StepDefinition } from './step-cache.js';

/**
 * One training step of a head alone on features `x [n, F]` of a frozen expert, or `[n, members * F]` of an ensemble, whose mean probability is trained; names as in
 * `trainingStep`, without `statistics`.
 */
export function headStep(featureSize: number, classes: number, rule: UpdateRule, members = 1): StepFunction {
  const head = headLayout(featureSize, classes);
  const logits = (flat: Tensor, x: Tensor) => applyHeadToMembers(head, flat, x, members);
  return (inputs) => {
    const { weights, velocity, x, y, learningRate } = inputs as Record<'weights' | 'velocity' | 'x' | 'y' | 'learningRate', Tensor>;
    const { value: loss, grad: gradient } = tf.valueAndGrad((flat: Tensor) => crossEntropy(logits(flat, x), y).asScalar())(weights);
    return { ...updated(rule, weights, velocity, gradient, learningRate), loss };
  };
}

/** {@link headStep} for a step cache. */
export function headDefinition(featureSize: number, classes: number, rule: UpdateRule, members = 1): StepDefinition {
  const key = `head ${JSON.stringify({ featureSize, classes, rule, ...(members > 1 && { members }) })}`;
  return { key, build: () => headStep(featureSize, classes, rule, members) };
}

/** Features `[n, F]` of a frozen network: `weights [P]`, `statistics`, `x` and the frozen weights that it stands on in. */
export function featureStep(network: Network): StepFunction {
  return (inputs) => {
    const { weights, statistics, x } = inputs as Record<'weights' | 'statistics' | 'x', Tensor>;
    return { features: network.infer(weights, statistics, frozenTensors(network.frozen, inputs), x) };
  };
}

/** {@link featureStep} for a step cache. */
export function featureDefinition(network: Network): StepDefinition {
  return { key: `features ${network.key}`, build: () => featureStep(network), breakEven: network.breakEven, frozen: network.frozen };
}
