import { z } from 'zod';
import { tf, type Tensor } from '../../nn/backend.js';
import { attachedSchema, type Module } from './module.js';

const schema = attachedSchema.extend({
  module: z.literal('unfrozen'),
});

export type UnfrozenArchitecture = z.infer<typeof schema>;

/**
 * Stages of the backbone that are trained themselves, every weight of theirs: w = frozen + difference. Differences begin at 0, so what begins is the backbone to the last
 * bit, and weight decay draws towards it (L2-SP: Li et al., "Explicit Inductive Bias for Transfer Learning with Convolutional Networks", ICML 2018). A weight that stages
 * share, as layers of ALBERT do, gets a difference for each of them.
 */
export const unfrozen: Module<UnfrozenArchitecture> = {
  kind: 'unfrozen',
  schema,
  sites: () => [],
  attach: () => (_, x) => x,
  weights(scope) {
    const differences = new Map<string, Tensor>();
    return (stage, name) => {
      const frozen = scope.frozen(name);
      const own = `${stage}:${name}`;
      const difference = differences.get(own) ?? scope.weight(own, frozen.shape, { value: 0 });
      differences.set(own, difference);
      return tf.add(frozen, difference);
    };
  },
};
