import type { Input } from '../core/input.js';
import { batchNormInfer, batchNormTrain } from './batch-norm.js';
import { choose, nothing, type Gate } from './choose.js';
import { layoutOf, splitWeights, type Initial, type Layout, type WeightSpec } from './layout.js';
import { tf, type Tensor } from './backend.js';
import type { FrozenWeights } from '../core/frozen-weights.js';
import { LifelongError } from '../core/errors.js';
import type { FrozenTensors } from './frozen-tensors.js';

/**
 * Where a network's code gets its weights by name. The same code is run three ways: once to declare what it needs (on one blank example),
 * then with batch statistics to train and with running statistics to infer.
 */
export interface Scope {
  weight(name: string, shape: readonly number[], initial: Initial): Tensor;
  /** Batch norm named `name`: scale and offset are trained when `affine`, and else 1 and 0, or those given. */
  batchNorm(name: string, x: Tensor, affine: boolean | GivenNorm): Tensor;
  /** A weight of what the network stands on, in its own shape. It is read, and never changes. @throws LifelongError `data` where there is none */
  frozen(name: string): Tensor;
  /**
   * What one of these makes of `x`: the one whose index the step is given, at this place of {@link pathInput}. What the others are made of does not
   * change.
   */
  choose(place: number, x: Tensor, branches: readonly ScopedBranch[]): Tensor;
  /** Declares a batch norm's weights without applying it. */
  idleBatchNorm(name: string, channels: number): void;
  /** Tells how many multiply-adds an operation costs for one example. */
  count(multiplyAdds: number): void;
}

/** What a batch norm is given in place of weights of its own. */
export interface GivenNorm {
  /** `[c]` */
  readonly scale: Tensor;
  readonly offset: Tensor;
  /** What its running statistics begin as, `[c]`. */
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** An alternative within a network: `zeros` gives such as what it makes of `x`. */
export type ScopedBranch = (scope: Scope, x: Tensor, zeros: (shape: readonly number[]) => Tensor) => Tensor;

/** The frozen weight that holds the indices of what is chosen, int32. */
export const pathInput = 'path';

/** What a network needs. */
export interface Declaration {
  readonly parameters: Layout;
  /** Running means and variances of its batch norms. */
  readonly statistics: Layout;
  readonly macs: number;
  /** About how many numbers a training step holds for each example, along the alternatives that need most. */
  readonly held: number;
  readonly outputShape: readonly number[];
}

/** Tensors of its size that a step holds for a batch norm: what comes before it (a convolution of two parts, rectified) and what it gives. */
const heldPerNorm = 4;

/** Runs `network` on one blank example, and on blanks for what it stands on, to learn its weights, its cost and the shape of its output (without the example axis). */
export function declare(
  network: (scope: Scope, x: Tensor) => Tensor,
  input: Pick<Input, 'shape' | 'dtype'>,
  frozen?: FrozenWeights,
): Declaration {
  const parameters: WeightSpec[] = [];
  const statistics: WeightSpec[] = [];
  let macs = 0;
  let held = 0;
  const affineWeights = (name: string, channels: number): WeightSpec[] => [
    { name: `${name}.weight`, shape: [channels], initial: { value: 1 } },
    { name: `${name}.bias`, shape: [channels], initial: { value: 0 } },
  ];
  const scope: Scope = {
    weight(name, shape, initial) {
      parameters.push({ name, shape, initial });
      return tf.zeros([...shape]);
    },
    batchNorm(name, x, affine) {
      const shape = [x.shape.at(-1) ?? 0];
      held += heldPerNorm * x.size;
      if (affine === true) parameters.push(...affineWeights(name, shape[0] ?? 0));
      const begins = typeof affine === 'object' ? affine : undefined;
      statistics.push(
        { name: `${name}.running_mean`, shape, initial: begins ? { values: begins.mean } : { value: 0 } },
        { name: `${name}.running_var`, shape, initial: begins ? { values: begins.variance } : { value: 1 } },
      );
      return x;
    },
    frozen(name) {
      const { shape, data } = frozenNamed(frozen?.arrays ?? {}, name);
      return tf.fill([...shape], 0, data instanceof Int32Array ? 'int32' : 'float32');
    },
    choose(_, x, branches) {
      const before = held;
      const after: number[] = [];
      const outputs = branches.map((branch) => {
        held = before;
        const output = branch(scope, x, (shape) => tf.zeros([...shape]));
        after.push(held);
        return output;
      });
      held = Math.max(...after);
      return outputs[0] as Tensor;
    },
    idleBatchNorm(name, channels) {
      parameters.push(...affineWeights(name, channels));
    },
    count(multiplyAdds) {
      macs += multiplyAdds;
    },
  };
  const outputShape = tf.tidy(() => network(scope, tf.zeros([1, ...input.shape], input.dtype)).shape.slice(1));
  return { parameters: layoutOf(parameters), statistics: layoutOf(statistics), macs, held, outputShape };
}

/** A scope that hands out slices of flat vectors and normalizes by running statistics. */
export function inferenceScope(declaration: Declaration, parameters: Tensor, statistics: Tensor, frozen: FrozenTensors = {}): Scope {
  return weightsScope(declaration, parameters, statistics, frozen, ({ x, scale, offset, mean, variance }) =>
    batchNormInfer(x, scale, offset, mean, variance),
  );
}

/** A scope that normalizes by batch statistics; `newStatistics()` afterwards gives the updated running ones as a flat vector. */
export function trainingScope(
  declaration: Declaration,
  parameters: Tensor,
  statistics: Tensor,
  frozen: FrozenTensors = {},
): Scope & { newStatistics(): Tensor } {
  const updated = new Map<string, Tensor>();
  const scope = weightsScope(declaration, parameters, statistics, frozen, ({ name, x, scale, offset, mean, variance, keep }) => {
    const normalized = batchNormTrain(x, scale, offset, mean, variance);
    updated.set(`${name}.running_mean`, keep(normalized.mean, `${name}.running_mean`));
    updated.set(`${name}.running_var`, keep(normalized.variance, `${name}.running_var`));
    return normalized.y;
  });
  return {
    ...scope,
    newStatistics() {
      const { weights } = declaration.statistics;
      const unchanged = weights.every(({ name }) => updated.has(name)) ? updated : splitWeights(declaration.statistics, statistics);
      const flat = tf.concat(weights.map(({ name }) => updated.get(name) ?? named(unchanged, name)));
      for (const tensor of updated.values()) tensor.dispose();
      return flat;
    },
  };
}

/** A batch norm in a network: `[..., c]`, and its weights and running statistics `[c]`. */
interface Normalization {
  readonly name: string;
  readonly x: Tensor;
  readonly scale: Tensor;
  readonly offset: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** New statistics as the rest of the network sees them. */
  readonly keep: (fresh: Tensor, name: string) => Tensor;
}

const everywhere: Gate = { enter: (tensor) => tensor, leave: (tensor) => tensor };

function weightsScope(
  declaration: Declaration,
  parameters: Tensor,
  statistics: Tensor,
  frozen: FrozenTensors,
  normalize: (norm: Normalization) => Tensor,
): Scope {
  const weights = splitWeights(declaration.parameters, parameters);
  const running = splitWeights(declaration.statistics, statistics);
  const constant = (value: number, x: Tensor) => tf.fill([x.shape.at(-1) ?? 0], value);
  const within = (gate: Gate): Scope => {
    const weight = (name: string) => gate.enter(named(weights, name));
    const keep = (fresh: Tensor, name: string) => (gate === everywhere ? fresh : tf.keep(gate.leave(fresh, named(running, name))));
    return {
      weight,
      frozen: (name) => gate.enter(frozenNamed(frozen, name)),
      batchNorm: (name, x, affine) =>
        normalize({
          ...{ name, x, keep },
          ...(typeof affine === 'object'
            ? { scale: affine.scale, offset: affine.offset }
            : {
                scale: affine ? weight(`${name}.weight`) : constant(1, x),
                offset: affine ? weight(`${name}.bias`) : constant(0, x),
              }),
          mean: gate.enter(named(running, `${name}.running_mean`)),
          variance: gate.enter(named(running, `${name}.running_var`)),
        }),
      choose(place, x, branches) {
        const index = tf.slice(frozenNamed(frozen, pathInput), [place], [1]).asScalar();
        return choose(
          index,
          x,
          branches.map((branch) => (input: Tensor, inner: Gate) => branch(within(inner), input, (shape) => nothing(input, shape, inner))),
        );
      },
      count: () => undefined,
      idleBatchNorm: () => undefined,
    };
  };
  return within(everywhere);
}

function named(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new RangeError(`the network has no weight ${name}`);
  return tensor;
}

function frozenNamed<T>(weights: Readonly<Record<string, T>>, name: string): T {
  const found = weights[name];
  if (found !== undefined) return found;
  const names = Object.keys(weights);
  const there = names.length > 4 ? `${names.slice(0, 4).join(', ')}, … (${names.length} in all)` : names.join(', ') || 'none';
  throw new LifelongError('data', `frozen weight ${name} expected, found ${there}`, 'give the weights that the network is made for');
}
