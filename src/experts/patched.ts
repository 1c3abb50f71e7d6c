import { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import { tf, type Tensor } from '../nn/backend.js';
import { splitWeights, toArrays } from '../nn/layout.js';
import { scopedNetwork, type Network } from '../nn/network.js';
import type { Scope } from '../nn/scope.js';
import type { Expert } from './expert.js';
import type { ExpertKind } from './expert-kind.js';
import { describeBase, type FrozenBase } from './frozen-base.js';
import { patchWeights } from './modules/patch.js';

const schema = z.strictObject({ kind: z.literal('patched') });

/** All else is said by what it stands on. */
export type PatchedArchitecture = z.infer<typeof schema>;

/**
 * Experts on another expert: its network with a patch (`modules/patch.ts`) in each of its batch norms, which have running statistics of their own. Kernels are the
 * base's, and so is what a patch does that has learned nothing. With gamma and beta of the base, a norm scales by gamma (1 + scale) and adds
 * beta (1 + scale) + shift.
 */
export const patched: ExpertKind<PatchedArchitecture> = {
  kind: 'patched',
  schema,
  accepts: () => true,
  network(_, input, on) {
    const pass = on?.expert && passOf(on.expert.network);
    if (!pass) {
      const found = on ? describeBase(on.ref) : 'nothing';
      throw new LifelongError('usage', `an expert of kind patched: an expert with batch norms expected, found ${found}`);
    }
    const { weights, expert } = on as Required<FrozenBase>;
    const forward = (scope: Scope, x: Tensor) =>
      pass(withPatches(scope, expert.network, weights.arrays['statistics']?.data as Float32Array), x);
    return scopedNetwork(`patched ${expert.network.key}`, input, forward, weights);
  },
};

/** Whether experts can be patched on this one: it stands on nothing, has batch norms, and is no ensemble. */
export const takesPatches = ({ on, network }: Pick<Expert, 'on' | 'network'>): boolean => on === null && passOf(network) !== undefined;

const passOf = ({ pass, declaration, members }: Network) => (declaration.statistics.size > 0 && members === undefined ? pass : undefined);

/** A scope for the base's forward pass: what is patched is the scope's own, and all other weights are the base's. */
function withPatches(scope: Scope, { declaration }: Network, statistics: Float32Array): Scope {
  const weights = splitWeights(declaration.parameters, scope.frozen('parameters'));
  const begins = toArrays(declaration.statistics, statistics);
  const weight = (name: string) => weights.get(name) as Tensor;
  const running = (name: string) => begins[name]?.data as Float32Array;
  return {
    ...scope,
    weight,
    idleBatchNorm: () => undefined,
    batchNorm(name, x, affine) {
      const channels = x.shape.at(-1) ?? 0;
      const { scale, shift } = patchWeights(scope, { name, channels });
      const by = tf.add(1, scale);
      return scope.batchNorm(name, x, {
        scale: affine ? tf.mul(weight(`${name}.weight`), by) : by,
        offset: affine ? tf.add(tf.mul(weight(`${name}.bias`), by), shift) : shift,
        ...{ mean: running(`${name}.running_mean`), variance: running(`${name}.running_var`) },
      });
    },
  };
}
