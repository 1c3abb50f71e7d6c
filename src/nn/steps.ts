import { tf, type Tensor } from './backend.js';
import type { StepFunction } from './compile/compile.js';
import { distillationLoss } from './distillation.js';
import { applyHead, headLayout } from './head.js';
import type { Network } from './network.js';
import { sgd, type UpdateRule } from './optimizer.js';
import { crossEntropy } from './primitives.js';

/** The earlier tasks' heads whose answers a distillation step keeps. */
export interface Distillation {
  /** Classes of each old head. */
  readonly classes: readonly number[];
  readonly temperature: number;
  /** Weight lambda of the old heads' losses. */
  readonly weight: number;
}

/**
 * One training step of a network and its head: `weights [P + H]`, `velocity`, `statistics [S]`, batch `x`, `y` (int32), `learningRate` in; the
 * new `weights`, `velocity`, `statistics`, the `loss` and the gradient's norm before clipping out.
 *
 * With `distillation`, also `heads` (the old heads' flat vectors, one behind the other) and `teacher` (the old network's logits on x,
 * heads side by side `[n, sum of classes]`) go in, and the loss is that of PAR section 4.
 */
export function trainingStep(network: Network, classes: number, rule: UpdateRule, distillation?: Distillation): StepFunction {
  const head = headLayout(network.featureSize, classes);
  const parameters = network.declaration.parameters.size;
  return (inputs) => {
    const { weights, velocity, statistics, x, y, learningRate } = inputs as Record<
      'weights' | 'velocity' | 'statistics' | 'x' | 'y' | 'learningRate',
      Tensor
    >;
    let newStatistics: () => Tensor = () => statistics;
    const lossOf = (flat: Tensor) => {
      const [body, own] = tf.split(flat, [parameters, head.size]) as [Tensor, Tensor];
      const pass = network.train(body, statistics, x);
      newStatistics = pass.newStatistics;
      const loss = crossEntropy(applyHead(head, own, pass.features), y);
      if (!distillation) return loss.asScalar();
      return tf.add(loss, tf.mul(oldHeadsLoss(network, distillation, pass.features, inputs), distillation.weight)).asScalar();
    };
    const { value: loss, grad: gradient } = tf.valueAndGrad(lossOf)(weights);
    const updated = sgd(rule, weights, velocity, gradient, learningRate);
    return { ...updated, statistics: newStatistics(), loss };
  };
}

function oldHeadsLoss(network: Network, { classes, temperature }: Distillation, features: Tensor, inputs: Record<string, Tensor>): Tensor {
  const layouts = classes.map((count) => headLayout(network.featureSize, count));
  const heads = tf.split(
    inputs['heads'] as Tensor,
    layouts.map(({ size }) => size),
  );
  const teachers = tf.split(inputs['teacher'] as Tensor, [...classes], 1);
  return layouts
    .map((layout, j) => distillationLoss(applyHead(layout, heads[j] as Tensor, features), teachers[j] as Tensor, temperature))
    .reduce((sum, loss) => tf.add(sum, loss));
}

/** One training step of a head alone on features `x [n, F]` of a frozen expert; names as in {@link trainingStep}, without `statistics`. */
export function headStep(featureSize: number, classes: number, rule: UpdateRule): StepFunction {
  const head = headLayout(featureSize, classes);
  return (inputs) => {
    const { weights, velocity, x, y, learningRate } = inputs as Record<'weights' | 'velocity' | 'x' | 'y' | 'learningRate', Tensor>;
    const { value: loss, grad: gradient } = tf.valueAndGrad((flat: Tensor) => crossEntropy(applyHead(head, flat, x), y).asScalar())(
      weights,
    );
    return { ...sgd(rule, weights, velocity, gradient, learningRate), loss };
  };
}

/** Features `[n, F]` of a frozen network: `weights [P]`, `statistics`, `x` in. */
export function featureStep(network: Network): StepFunction {
  return ({ weights, statistics, x }) => ({ features: network.infer(weights as Tensor, statistics as Tensor, x as Tensor) });
}
