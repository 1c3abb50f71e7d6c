import { z } from 'zod';
import type { Site } from '../../backbones/backbone.js';
import { tf, type Tensor } from '../../nn/backend.js';
import type { Scope } from '../../nn/scope.js';
import { attachedSchema, type Module } from './module.js';

const schema = attachedSchema.extend({
  module: z.literal('patch'),
});

export type PatchArchitecture = z.infer<typeof schema>;

/** A patch's weights at a site, `[channels]`. */
export function patchWeights(scope: Scope, { name, channels }: Pick<Site, 'name' | 'channels'>) {
  const weight = (of: string) => scope.weight(`${name}.${of}`, [channels], { value: 0 });
  return { scale: weight('scale'), shift: weight('shift') };
}

/**
 * Scale and shift of every channel behind every norm ("model patch": Mudrakarta et al., "K for the Price of 1: Parameter-efficient Multi-task and
 * Transfer Learning", ICLR 2019): y = (1 + scale) x + shift. Both begin at 0, so weight decay draws towards the backbone.
 */
export const patch: Module<PatchArchitecture> = {
  kind: 'patch',
  schema,
  sites: ({ sites }) => sites.filter(({ kind }) => kind === 'norm'),
  attach: (scope) => (site, x) => rescaled(scope, site, x),
};

/** What has come to a site, with every channel scaled and shifted by weights of its own. */
export function rescaled(scope: Scope, site: Site, x: Tensor): Tensor {
  const { scale, shift } = patchWeights(scope, site);
  return tf.add(tf.mul(x, tf.add(1, scale)), shift);
}
