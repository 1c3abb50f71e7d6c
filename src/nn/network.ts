import type { FeatureNetwork } from '../core/feature-network.js';
import type { FrozenWeights } from '../core/frozen-weights.js';
import type { Genotype } from '../core/genotype.js';
import type { Input } from '../core/input.js';
import { tf, type Tensor } from './backend.js';
import { applyCell, connectionsOf, type Connection } from './cell.js';
import type { FrozenTensors } from './frozen-tensors.js';
import type { CellStyle } from './operations.js';
import { conv } from './primitives.js';
import { declare, inferenceScope, trainingScope, type Declaration, type Scope } from './scope.js';

/** A feature network that can be trained too; images may have any size, odd ones too. */
export interface Network extends FeatureNetwork {
  readonly declaration: Declaration;
  /** Uses from which compiling a step of it pays, where that takes more than the usual number. */
  readonly breakEven?: number;
  /** With running statistics. */
  infer(parameters: Tensor, statistics: Tensor, frozen: FrozenTensors, x: Tensor): Tensor;
  /** With batch statistics; also gives the new running ones. */
  train(parameters: Tensor, statistics: Tensor, frozen: FrozenTensors, x: Tensor): { features: Tensor; newStatistics: () => Tensor };
  /** The forward pass that the network is made of, for one that takes its weights from elsewhere. */
  readonly pass?: (scope: Scope, x: Tensor) => Tensor;
  /** Positions on the first axis of its inputs that are all 0, to the end, are padding: it takes shorter inputs, and answers alike but for rounding. */
  readonly padded?: boolean;
  /** Of an ensemble: the network of one member, which is what a step trains. */
  readonly member?: Network;
  /** Where training changes the network only from some place up: its parts below and above. */
  readonly cut?: () => Cut;
}

/** A network in two parts, of which only the upper one has parameters: those of the whole, in the same order. */
export interface Cut {
  /** Inputs to hidden values, flat: `[n, ...input]` to `[n, product of shape]`. */
  readonly below: Network;
  /** Hidden values `[n, ...shape]` to features. */
  readonly above: Network;
  readonly shape: readonly number[];
}

/**
 * The network of a forward pass that gets its weights from a scope; what it gives `[n, F]` are the features.
 *
 * @param key equal for forward passes that compute the same, and only for them
 * @param input what `x` is, `[n, ...shape]`
 * @param frozen what the scope's `frozen` weights are; equal passes over other frozen weights have the same key
 */
export function scopedNetwork(
  key: string,
  input: Pick<Input, 'shape' | 'dtype'>,
  forward: (scope: Scope, x: Tensor) => Tensor,
  frozen?: FrozenWeights,
): Network {
  const declaration = declare(forward, input, frozen);
  return {
    key,
    declaration,
    featureSize: declaration.outputShape[0] ?? 0,
    pass: forward,
    ...(frozen && { frozen }),
    infer: (parameters, statistics, tensors, x) => forward(inferenceScope(declaration, parameters, statistics, tensors), x),
    train(parameters, statistics, tensors, x) {
      const scope = trainingScope(declaration, parameters, statistics, tensors);
      const newStatistics = () => (declaration.statistics.size > 0 ? scope.newStatistics() : statistics);
      return { features: forward(scope, x), newStatistics };
    },
  };
}

/** What an expert network is built from. */
export interface ExpertArchitecture {
  readonly genotype: Genotype;
  /** C, the published `init_channel`. */
  readonly channels: number;
  readonly cells: number;
  /** `[height, width, channels]` or `[length]`. */
  readonly inputShape: readonly number[];
}

/** The expert of a genotype, as published (PAR section 6): stem to 3C channels, cells with two reductions, global average pool to 4C features. */
export function expertNetwork({ genotype, channels, cells, inputShape }: ExpertArchitecture): Network {
  return cellNetwork({
    key: `expert ${JSON.stringify({ genotype, channels, cells, inputShape })}`,
    inputShape,
    stemChannels: 3 * channels,
    channels,
    cells,
    style: { affine: true, normalizedPools: false },
    connections: (cell, reduction) => connectionsOf(cell, reduction ? genotype.reduce : genotype.normal),
    concat: (reduction) => (reduction ? genotype.reduceConcat : genotype.normalConcat),
  });
}

/** What all networks of cells have in common. */
export interface CellNetworkPlan {
  readonly key: string;
  readonly inputShape: readonly number[];
  readonly stemChannels: number;
  readonly channels: number;
  readonly cells: number;
  readonly style: CellStyle;
  connections(cell: string, reduction: boolean): readonly Connection[];
  concat(reduction: boolean): readonly number[];
  /** What holds the path, where connections leave a choice. */
  readonly frozen?: FrozenWeights;
}

/** Networks of cells that were made last: a blank pass takes tens of milliseconds, of all paths together hundreds. */
const made = new Map<string, Network>();
const madeLimit = 64;

export function cellNetwork(plan: CellNetworkPlan): Network {
  const { key, inputShape, frozen } = plan;
  const input = { shape: inputShape, dtype: 'float32' } as const;
  const network = made.get(key) ?? scopedNetwork(key, input, (scope, x) => cellFeatures(scope, plan, x), frozen);
  made.delete(key);
  made.set(key, network);
  const [oldest] = made.keys();
  if (made.size > madeLimit && oldest !== undefined) made.delete(oldest);
  return network;
}

/** Cells that halve the image: one third and two thirds of the way. */
export function reductions(cells: number): ReadonlySet<number> {
  return new Set([Math.floor(cells / 3), Math.floor((2 * cells) / 3)]);
}

function cellFeatures(scope: Scope, plan: CellNetworkPlan, x: Tensor): Tensor {
  let before = stem(scope, x, plan.stemChannels);
  let last = before;
  let reductionBefore = false;
  const halving = reductions(plan.cells);
  for (let index = 0; index < plan.cells; index++) {
    const name = `cells.${index}`;
    const reduction = halving.has(index);
    const { channels, style } = plan;
    const cell = {
      name,
      connections: plan.connections(name, reduction),
      concat: plan.concat(reduction),
      channels,
      reduction,
      reductionBefore,
      style,
    };
    [before, last] = [last, applyCell(scope, cell, before, last)];
    reductionBefore = reduction;
  }
  return last.rank === 4 ? tf.mean(last, [1, 2]) : last;
}

function stem(scope: Scope, x: Tensor, channels: number): Tensor {
  const from = x.shape.at(-1) ?? 0;
  if (x.rank === 2) {
    scope.count(from * channels);
    return scope.batchNorm('stem.1', tf.matMul(x, scope.weight('stem.0.weight', [from, channels], { fanIn: from })), true);
  }
  scope.count((x.shape[1] ?? 0) * (x.shape[2] ?? 0) * 9 * from * channels);
  return scope.batchNorm('stem.1', conv(x, scope.weight('stem.0.weight', [3, 3, from, channels], { fanIn: 9 * from }), 1, 1), true);
}
