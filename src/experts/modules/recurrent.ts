import { z } from 'zod';
import { tf, type Tensor } from '../../nn/backend.js';
import type { Scope } from '../../nn/scope.js';
import { controllerPolicies } from '../controller-policies.js';
import { attachedSchema, type Module } from './module.js';

const schema = attachedSchema.extend({
  module: z.literal('recurrent'),
  /** m, numbers of the controller's state. */
  stateSize: z.int().positive(),
  /** `none`: u = 0, a controller that reads each layer by itself. */
  recurrence: z.enum(['indrnn', 'none']),
  adapterHead: z.enum(['linear', 'feed-forward']),
  /** p, units of a feed-forward head. */
  headUnits: z.int().positive(),
  controller: z.enum(controllerPolicies),
  /** k: tasks that teach a controller that freezes after a warm-up. */
  warmup: z.int().positive(),
});

export type RecurrentArchitecture = z.infer<typeof schema>;

/** What the names of a controller's weights begin with; they come first among those of an expert. */
export const controllerPrefix = 'controller.';

/** W `[d, m]`, b `[m]` and, where there is recurrence, u `[m]`. */
export interface ControllerWeights {
  readonly input: Tensor;
  readonly bias: Tensor;
  readonly recurrent?: Tensor;
}

/** V `[m, d]` and c `[d]`; of a feed-forward head `[p, d]`, with a map `[m, p]` and its bias `[p]` before. */
export interface HeadWeights {
  readonly out: Tensor;
  readonly outBias: Tensor;
  readonly middle?: { readonly map: Tensor; readonly bias: Tensor };
}

/**
 * Hierarchical recurrent adapters (arXiv 2403.19709), a reconstruction from the paper's abstract and what it is built of, for its text was not at hand: a controller, an IndRNN (Li et al., "Independently
 * Recurrent Neural Network", CVPR 2018), runs over the layers of a backbone, s_l = relu(x_l W + u * s_(l-1) + b) for each position of what leaves layer l, with s = 0 below the first; a head, the same at all
 * layers, makes of the state what is added, x_l + s_l V + c, or with a hidden layer, x_l + relu(s_l V1 + c1) V2 + c2. Experts share the controller (experts/shared-controller.ts) and have heads of their own.
 *
 * Heads begin with 0 in their last map, so that what begins is the backbone to the last bit. u begins uniform in [0, 1) and stays within [0, 2^(1/L)] for L layers, so that no state more than doubles on its way.
 */
export const recurrent: Module<RecurrentArchitecture> = {
  kind: 'recurrent',
  schema,
  sites: ({ domain, sites }) => (domain === 'image' ? [] : sites.filter(({ stage }, i) => sites[i + 1]?.stage !== stage)),
  attach(scope, architecture) {
    const { stateSize, headUnits, adapterHead } = architecture;
    const layers = architecture.stages.length;
    let weights: { readonly controller: ControllerWeights; readonly head: HeadWeights } | undefined;
    let state: Tensor | undefined;
    return ({ channels }, x) => {
      weights ??= {
        controller: controllerWeights(scope, architecture, channels, layers),
        head: headWeights(scope, architecture, channels),
      };
      const inHead = adapterHead === 'linear' ? stateSize * channels : headUnits * (stateSize + channels);
      scope.count((x.size / channels / Math.max(1, x.shape[0])) * (stateSize * (channels + 1) + inHead));
      state = nextState(tf.reshape(x, [x.size / channels, channels]), state, weights.controller);
      return tf.add(x, tf.reshape(headOutput(state, weights.head), x.shape));
    };
  },
};

/** The state `[n, m]` after one more layer. @param x `[n, d]` @param before undefined below the first layer, where it is 0 */
export function nextState(x: Tensor, before: Tensor | undefined, { input, bias, recurrent: u }: ControllerWeights): Tensor {
  const read = tf.add(tf.matMul(x, input), bias);
  return tf.relu(before && u ? tf.add(read, tf.mul(before, u)) : read);
}

/** What a head adds, `[n, d]`. @param state `[n, m]` */
export function headOutput(state: Tensor, { out, outBias, middle }: HeadWeights): Tensor {
  const last = middle ? tf.relu(tf.add(tf.matMul(state, middle.map), middle.bias)) : state;
  return tf.add(tf.matMul(last, out), outBias);
}

function controllerWeights(
  scope: Scope,
  { stateSize, recurrence }: RecurrentArchitecture,
  width: number,
  layers: number,
): ControllerWeights {
  const named = (name: string) => `${controllerPrefix}${name}`;
  return {
    input: scope.weight(named('input'), [width, stateSize], { fanIn: (width + stateSize) / 6 }), // within sqrt(6 / (d + m)): Glorot, Bengio 2010
    bias: scope.weight(named('bias'), [stateSize], { value: 0 }),
    ...(recurrence === 'indrnn' && { recurrent: scope.weight(named('recurrent'), [stateSize], { within: [0, 2 ** (1 / layers)] }) }),
  };
}

function headWeights(scope: Scope, { stateSize, adapterHead, headUnits }: RecurrentArchitecture, width: number): HeadWeights {
  const linear = adapterHead === 'linear';
  const middle = linear
    ? undefined
    : {
        map: scope.weight('head.middle', [stateSize, headUnits], { fanIn: stateSize }),
        bias: scope.weight('head.middle-bias', [headUnits], { value: 0 }),
      };
  return {
    out: scope.weight('head.out', [linear ? stateSize : headUnits, width], { value: 0 }),
    outBias: scope.weight('head.out-bias', [width], { value: 0 }),
    ...(middle && { middle }),
  };
}
