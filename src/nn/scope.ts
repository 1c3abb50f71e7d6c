import type { Input } from '../core/input.js';
import { batchNormInfer, batchNormTrain } from './batch-norm.js';
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
  /** Batch norm named `name`: scale and offset are trained when `affine`. */
  batchNorm(name: string, x: Tensor, affine: boolean): Tensor;
  /** A weight of what the network stands on, in its own shape. It is read, and never changes. @throws LifelongError `data` where there is none */
  frozen(name: string): Tensor;
  /** Declares a batch norm's weights without applying it. */
  idleBatchNorm(name: string, channels: number): void;
  /** Tells how many multiply-adds an operation costs for one example. */
  count(multiplyAdds: number): void;
}

/** What a network needs. */
export interface Declaration {
  readonly parameters: Layout;
  /** Running means and variances of its batch norms. */
  readonly statistics: Layout;
  readonly macs: number;
  readonly outputShape: readonly number[];
}

/** Runs `network` on one blank example, and on blanks for what it stands on, to learn its weights, its cost and the shape of its output (without the example axis). */
export function declare(
  network: (scope: Scope, x: Tensor) => Tensor,
  input: Pick<Input, 'shape' | 'dtype'>,
  frozen?: FrozenWeights,
): Declaration {
  const parameters: WeightSpec[] = [];
  const statistics: WeightSpec[] = [];
  let macs = 0;
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
      if (affine) parameters.push(...affineWeights(name, shape[0] ?? 0));
      statistics.push(
        { name: `${name}.running_mean`, shape, initial: { value: 0 } },
        { name: `${name}.running_var`, shape, initial: { value: 1 } },
      );
      return x;
    },
    frozen(name) {
      const { shape, data } = frozenNamed(frozen?.arrays ?? {}, name);
      return tf.fill([...shape], 0, data instanceof Int32Array ? 'int32' : 'float32');
    },
    idleBatchNorm(name, channels) {
      parameters.push(...affineWeights(name, channels));
    },
    count(multiplyAdds) {
      macs += multiplyAdds;
    },
  };
  const outputShape = tf.tidy(() => network(scope, tf.zeros([1, ...input.shape], input.dtype)).shape.slice(1));
  return { parameters: layoutOf(parameters), statistics: layoutOf(statistics), macs, outputShape };
}

/** A scope that hands out slices of flat vectors and normalizes by running statistics. */
export function inferenceScope(declaration: Declaration, parameters: Tensor, statistics: Tensor, frozen: FrozenTensors = {}): Scope {
  const scope = weightsScope(declaration, parameters, statistics, frozen);
  return { ...scope, batchNorm: (name, x, affine) => batchNormInfer(x, ...scope.batchNormWeights(name, x, affine)) };
}

/** A scope that normalizes by batch statistics; `newStatistics()` afterwards gives the updated running ones as a flat vector. */
export function trainingScope(
  declaration: Declaration,
  parameters: Tensor,
  statistics: Tensor,
  frozen: FrozenTensors = {},
): Scope & { newStatistics(): Tensor } {
  const scope = weightsScope(declaration, parameters, statistics, frozen);
  const updated = new Map<string, Tensor>();
  return {
    ...scope,
    batchNorm(name, x, affine) {
      const { y, mean, variance } = batchNormTrain(x, ...scope.batchNormWeights(name, x, affine));
      updated.set(`${name}.running_mean`, mean).set(`${name}.running_var`, variance);
      return y;
    },
    newStatistics() {
      const flat = tf.concat(declaration.statistics.weights.map(({ name }) => named(updated, name)));
      for (const tensor of updated.values()) tensor.dispose();
      return flat;
    },
  };
}

function weightsScope(declaration: Declaration, parameters: Tensor, statistics: Tensor, frozen: FrozenTensors) {
  const weights = splitWeights(declaration.parameters, parameters);
  const running = splitWeights(declaration.statistics, statistics);
  const constant = (value: number, x: Tensor) => tf.fill([x.shape.at(-1) ?? 0], value);
  return {
    weight: (name: string) => named(weights, name),
    frozen: (name: string) => frozenNamed(frozen, name),
    count: () => undefined,
    idleBatchNorm: () => undefined,
    batchNormWeights: (name: string, x: Tensor, affine: boolean): [scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor] => [
      affine ? named(weights, `${name}.weight`) : constant(1, x),
      affine ? named(weights, `${name}.bias`) : constant(0, x),
      named(running, `${name}.running_mean`),
      named(running, `${name}.running_var`),
    ],
  };
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
