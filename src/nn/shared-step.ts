import { tf, type Tensor } from './backend.js';
import type { StepFunction } from './compile/compile.js';
import { distillationLoss } from './distillation.js';
import { applyHead, headLayout } from './head.js';
import type { Network } from './network.js';
import { sgd, type UpdateRule } from './optimizer.js';
import { crossEntropies } from './primitives.js';

/** How strongly a step holds the earlier heads' answers. */
export interface HeldHeads {
  readonly temperature: number;
  /** Weight lambda of each old head's distillation loss. */
  readonly weight: number;
}

type Inputs = Readonly<Record<string, Tensor | undefined>>;

/**
 * One training step of a network that tasks share, with all the heads that train: `weights [P + heads]`, `velocity`, `statistics [S]` (where the
 * network has any), batch `x`, `y` (int32: the class's column among all heads), `learningRate` in; new `weights`, `velocity`, `statistics` and
 * the `loss` out. What a method adds is in what else goes in:
 *
 * - `offsets [n, C]`: added to the scores before the cross-entropy; a large negative number takes a class out of it
 * - `share [n]`: each example's share in the cross-entropy, instead of 1/n
 * - `target`, `errorWeight [n, C]`: adds sum of errorWeight (scores - target)^2
 * - `teacher [n, C']`: adds the distillation of the first heads, those that the C' columns belong to
 * - `importance`, `anchor [L]`: adds 1/2 sum of importance (w - anchor)^2 over the first L weights
 * - `trainable [P + heads]`: 0 for a weight that stays exactly as it is, 1 for the others
 * - `path [P]`: -sum of gradient times change over the steps; its new value comes out. The gradient is that of the loss without penalty
 *
 * @param classes classes of each head, in the order of the heads in `weights`
 */
export function sharedStep(network: Network, classes: readonly number[], rule: UpdateRule, held?: HeldHeads): StepFunction {
  const layouts = classes.map((count) => headLayout(network.featureSize, count));
  const sizes = [network.declaration.parameters.size, ...layouts.map(({ size }) => size)];
  return (inputs) => {
    const { weights, velocity, statistics, x, learningRate } = inputs;
    let newStatistics: () => Tensor | undefined = () => statistics;
    const lossOf = (flat: Tensor) => {
      const [body, ...heads] = tf.split(flat, sizes) as [Tensor, ...Tensor[]];
      const pass = network.train(body, statistics as Tensor, x as Tensor);
      newStatistics = pass.newStatistics;
      const scores = layouts.map((layout, j) => applyHead(layout, heads[j] as Tensor, pass.features));
      return [...examplesLosses(scores, inputs), ...distillationLosses(scores, classes, inputs, held)]
        .reduce((sum, loss) => tf.add(sum, loss))
        .asScalar();
    };
    const { value: taskLoss, grad: taskGradient } = tf.valueAndGrad(lossOf)(weights as Tensor);
    const penalty = quadraticPenalty(weights as Tensor, inputs);
    const loss = penalty ? tf.add(taskLoss, penalty.loss) : taskLoss;
    const gradient = masked(penalty ? tf.add(taskGradient, penalty.gradient) : taskGradient, inputs);
    const updated = sgd(rule, weights as Tensor, velocity as Tensor, gradient, learningRate as Tensor);
    const moved = keepFrozen(updated.weights, weights as Tensor, inputs);
    const path = pathIntegral(inputs['path'], taskGradient, weights as Tensor, moved);
    const after = newStatistics();
    return { ...updated, weights: moved, loss, ...(statistics && after && { statistics: after }), ...(path && { path }) };
  };
}

function examplesLosses(scores: readonly Tensor[], { y, offsets, share, target, errorWeight }: Inputs): Tensor[] {
  const all = scores.length === 1 ? (scores[0] as Tensor) : tf.concat([...scores], 1);
  const each = crossEntropies(offsets ? tf.add(all, offsets) : all, y as Tensor);
  const losses = [share ? tf.sum(tf.mul(each, share)) : tf.mean(each)];
  if (target && errorWeight) losses.push(tf.sum(tf.mul(errorWeight, tf.square(tf.sub(all, target)))));
  return losses;
}

function distillationLosses(scores: readonly Tensor[], classes: readonly number[], { teacher }: Inputs, held?: HeldHeads): Tensor[] {
  if (!teacher || !held) return [];
  const columns = teacher.shape[1] ?? 0;
  const ends = classes.map((_, j) => classes.slice(0, j + 1).reduce((sum, count) => sum + count, 0));
  const old = classes.filter((_, j) => (ends[j] ?? 0) <= columns);
  const answers = tf.split(teacher, old, 1);
  return answers.map((answer, j) => tf.mul(distillationLoss(scores[j] as Tensor, answer, held.temperature), held.weight));
}

function quadraticPenalty(weights: Tensor, { importance, anchor }: Inputs): { loss: Tensor; gradient: Tensor } | undefined {
  if (!importance || !anchor) return undefined;
  const distance = tf.sub(tf.slice(weights, [0], [anchor.size]), anchor);
  const pull = tf.mul(importance, distance);
  return { loss: tf.mul(tf.sum(tf.mul(pull, distance)), 0.5), gradient: tf.pad(pull, [[0, weights.size - anchor.size]]) };
}

const masked = (gradient: Tensor, { trainable }: Inputs): Tensor => (trainable ? tf.mul(gradient, trainable) : gradient);

function keepFrozen(updated: Tensor, weights: Tensor, { trainable }: Inputs): Tensor {
  return trainable ? tf.where(tf.greater(trainable, 0), updated, weights) : updated;
}

function pathIntegral(path: Tensor | undefined, gradient: Tensor, before: Tensor, after: Tensor): Tensor | undefined {
  if (!path) return undefined;
  const first = (vector: Tensor) => tf.slice(vector, [0], [path.size]);
  return tf.sub(path, tf.mul(first(gradient), tf.sub(first(after), first(before))));
}
