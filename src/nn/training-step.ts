import { LifelongError } from '../core/errors.js';
import { tf, type Tensor } from './backend.js';
import type { StepFunction } from './compile/compile.js';
import { frozenTensors } from './frozen-tensors.js';
import { hasBounds, withinBounds } from './bounded-weights.js';
import { applyHead, headLayout } from './head.js';
import { memberStep } from './member-step.js';
import type { Network } from './network.js';
import { besideInput, hasOrthonormalRows, retracted, tangent } from './orthonormal-rows.js';
import { updated, type UpdateRule } from './optimizer.js';
import { crossEntropies } from './primitives.js';
import type { StepDefinition } from './step-cache.js';

/** What goes into a step, by name. */
export type StepInputs = Readonly<Record<string, Tensor | undefined>>;

/** The forward pass of a batch of n examples. */
export interface Pass {
  /** Weights of the network, `[P]`: losses that run it once more have their gradient from these. */
  readonly body: Tensor;
  /** `[n, F]` */
  readonly features: Tensor;
  /** Of each head that trains, `[n, classes]`. */
  readonly logits: readonly Tensor[];
  /** The same side by side, `[n, C]`. */
  readonly all: Tensor;
}

/** An update of the weights. */
export interface Update {
  /** Of the loss without penalties. */
  readonly gradient: Tensor;
  readonly before: Tensor;
  readonly after: Tensor;
}

/** What a method adds to a training step. It is told what goes into the step, so that it can have inputs of its own. */
export interface StepTerm {
  /** Equal for terms that do the same with equal inputs. */
  readonly key: string;
  /** Losses that are added to the cross-entropy, scalars. */
  losses?(pass: Pass, inputs: StepInputs): readonly Tensor[];
  /** A loss that depends on the weights alone, with its gradient; without one it is only reported, and `weights` is what lowers it. */
  penalty?(weights: Tensor, inputs: StepInputs): { readonly loss: Tensor; readonly gradient?: Tensor };
  /** The gradient that the weights are updated by, penalties included. */
  gradient?(gradient: Tensor, inputs: StepInputs): Tensor;
  /** The weights after the update. */
  weights?(update: Pick<Update, 'before' | 'after'>, inputs: StepInputs): Tensor;
  /** New values of vectors that training carries along, by their names among the inputs. */
  carried?(update: Update, inputs: StepInputs): Readonly<Record<string, Tensor>>;
}

/**
 * One training step of a network and the heads that train with it: `weights [P + heads]`, `velocity` (what the optimizer keeps), `statistics [S]` (where the network has any),
 * batch `x`, `y` (int32: the class's column among all heads), `learningRate` and the frozen weights that the network stands on in; new `weights`,
 * `velocity`, `statistics`, the `loss` and the gradient's norm before clipping out. Inputs that may be left out:
 *
 * - `offsets [n, C]`: added to the logits before the cross-entropy; a large negative number takes a class out of it
 * - `share [n]`: each example's share in the cross-entropy, instead of 1/n
 * - `beside`: what rows of the network that stay orthonormal are orthogonal to besides ({@link besideInput})
 *
 * @param classes classes of each head, in the order of the heads in `weights`
 * @param terms what a method adds
 */
export function trainingStep(
  network: Network,
  classes: readonly number[],
  rule: UpdateRule,
  terms: readonly StepTerm[] = [],
): StepFunction {
  const layouts = classes.map((count) => headLayout(network.featureSize, count));
  const { parameters } = network.declaration;
  const sizes = [parameters.size, ...layouts.map(({ size }) => size)];
  const holdsRows = hasOrthonormalRows(parameters);
  const bounded = hasBounds(parameters);
  return (inputs: StepInputs) => {
    const { weights, velocity, statistics, x, learningRate } = inputs as Record<'weights' | 'velocity' | 'x' | 'learningRate', Tensor> &
      StepInputs;
    const frozen = frozenTensors(network.frozen, inputs);
    let newStatistics: () => Tensor | undefined = () => statistics;
    const lossOf = (flat: Tensor) => {
      const [body, ...heads] = tf.split(flat, sizes) as [Tensor, ...Tensor[]];
      const { features, newStatistics: updated } = network.train(body, statistics as Tensor, frozen, x);
      newStatistics = updated;
      const logits = layouts.map((layout, j) => applyHead(layout, heads[j] as Tensor, features));
      const all = logits.length === 1 ? (logits[0] as Tensor) : tf.concat(logits, 1);
      const added = terms.flatMap((term) => term.losses?.({ body, features, logits, all }, inputs) ?? []);
      return [examplesLoss(all, inputs), ...added].reduce((sum, loss) => tf.add(sum, loss)).asScalar();
    };
    const { value: taskLoss, grad: taskGradient } = tf.valueAndGrad(lossOf)(weights);
    const penalties = terms.flatMap((term) => term.penalty?.(weights, inputs) ?? []);
    const loss = penalties.reduce<Tensor>((sum, penalty) => tf.add(sum, penalty.loss), taskLoss);
    const whole = penalties.reduce<Tensor>((sum, penalty) => (penalty.gradient ? tf.add(sum, penalty.gradient) : sum), taskGradient);
    const changed = terms.reduce((current, term) => term.gradient?.(current, inputs) ?? current, whole);
    const gradient = holdsRows ? tangent(parameters, changed, weights, inputs[besideInput]) : changed;
    const step = updated(rule, weights, velocity, gradient, learningRate);
    const stepped = terms.reduce<Tensor>((after, term) => term.weights?.({ before: weights, after }, inputs) ?? after, step.weights);
    const rowsMoved = holdsRows ? retracted(parameters, stepped, inputs[besideInput]) : stepped;
    const moved = bounded ? withinBounds(parameters, rowsMoved) : rowsMoved;
    const update: Update = { gradient: taskGradient, before: weights, after: moved };
    const carried = terms.map((term) => term.carried?.(update, inputs) ?? {});
    const after = newStatistics();
    return Object.assign(
      { ...step, weights: moved, loss, ...(statistics && after !== statistics && { statistics: after }) },
      ...carried,
    ) as Record<string, Tensor>;
  };
}

/**
 * {@link trainingStep} for a step cache; of an ensemble one of a member ({@link memberStep}).
 *
 * @throws LifelongError `config` for an ensemble by AdamW, which would count the updates of all members as one
 */
export function trainingDefinition(
  network: Network,
  classes: readonly number[],
  rule: UpdateRule,
  terms: readonly StepTerm[] = [],
): StepDefinition {
  const key = `train ${network.key} ${JSON.stringify({ classes, rule, terms: terms.map((term) => term.key) })}`;
  const { member, members = 1 } = network;
  if (member && rule.optimizer === 'adamw')
    throw new LifelongError('config', 'an ensemble: optimizer sgd expected, found adamw', 'take optimizer: sgd, or ensemble: 1');
  const step = () => trainingStep(member ?? network, classes, rule, terms);
  const build = () => (member ? memberStep(step(), member, members) : step());
  return { key, build, breakEven: network.breakEven, frozen: network.frozen };
}

function examplesLoss(all: Tensor, { y, offsets, share }: StepInputs): Tensor {
  const each = crossEntropies(offsets ? tf.add(all, offsets) : all, y as Tensor);
  return share ? tf.sum(tf.mul(each, share)) : tf.mean(each);
}
