import { tf, type Tensor } from './backend.js';
import { layoutOf, type WeightSpec } from './layout.js';
import { scopedNetwork, type Network } from './network.js';
import type { Scope } from './scope.js';

/** Standard deviation of members' scales about where a single network's begin. */
const apart = 0.05;

/**
 * An ensemble on one network (Ensemble Model Patching: Chang et al., arXiv 1905.09453): kernels are shared, and each member has scales and shifts, that is all weights of
 * one axis, and running statistics of its own. With running statistics it gives the features of all members side by side, `[n, members * featureSize]`; it
 * is trained a member at a time (member-step.ts).
 *
 * Its vectors are those of member 0, as a network alone would have them, and then what each further member has of its own.
 *
 * @param spread standard deviation of members' scales at the beginning: without it members of one batch order would stay one
 */
export function ensembleNetwork(member: Network, members: number, input: Parameters<typeof scopedNetwork>[1], spread = apart): Network {
  const cut = member.cut?.();
  const { pass } = cut ? cut.above : member;
  if (!pass) throw new RangeError(`network ${member.key} cannot be an ensemble's: its forward pass is not known`);
  const forward = (scope: Scope, x: Tensor) => {
    const hidden = cut?.below.pass ? tf.reshape(cut.below.pass(scope, x), [x.shape[0], ...cut.shape]) : x;
    const shared = new Map<string, Tensor>();
    const features = Array.from({ length: members }, (_, k) => pass(memberScope(scope, k, shared), hidden));
    return features.length === 1 ? (features[0] as Tensor) : tf.concat(features, 1);
  };
  const key = `ensemble of ${members} ${member.key}`;
  const whole = scopedNetwork(key, input, forward, member.frozen);
  const parameters = layoutOf(whole.declaration.parameters.weights.map((spec) => beginApart(spec, spread)));
  return {
    ...whole,
    ...{ declaration: { ...whole.declaration, parameters }, featureSize: member.featureSize, members, member },
    ...(cut && {
      cut: () => ({ ...cut, above: ensembleNetwork(cut.above, members, { shape: cut.shape, dtype: 'float32' }, spread) }),
    }),
  };
}

/** Whether a weight is a member's own. */
export const isOwn = ({ shape }: Pick<WeightSpec, 'shape'>): boolean => shape.length === 1;

/** What a member sees of the ensemble's weights. @param shared kernels that have been asked for */
function memberScope(scope: Scope, k: number, shared: Map<string, Tensor>): Scope {
  const own = (name: string) => `members.${k}.${name}`;
  return {
    ...scope,
    weight(name, shape, initial) {
      if (isOwn({ shape })) return scope.weight(own(name), shape, initial);
      const weight = shared.get(name) ?? scope.weight(name, shape, initial);
      shared.set(name, weight);
      return weight;
    },
    batchNorm: (name, x, affine) => scope.batchNorm(own(name), x, affine),
    idleBatchNorm: (name, channels) => {
      scope.idleBatchNorm(own(name), channels);
    },
  };
}

function beginApart(spec: WeightSpec, spread: number): WeightSpec {
  const { name, initial } = spec;
  const scales = isOwn(spec) && /\.(weight|scale)$/.test(name) && 'value' in initial;
  return scales && spread > 0 ? { ...spec, initial: { ...initial, spread } } : spec;
}
