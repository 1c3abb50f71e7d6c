import { z } from 'zod';
import { tf, type Tensor } from '../../nn/backend.js';
import { attachedSchema, type Module } from './module.js';

const schema = attachedSchema.extend({
  module: z.literal('edit'),
  /** r, the dimensions of each subspace. */
  rank: z.int().positive(),
  /** Whether subspaces of one expert are orthogonal to those of all others, or each is orthonormal in itself alone. */
  orthogonality: z.enum(['joint', 'per-edit']),
  init: z.enum(['identity', 'published']),
});

export type EditArchitecture = z.infer<typeof schema>;

/** An edit's weights at a site: R and W `[r, d]`, b `[r]`; with W - R in place of W where that is what trains. */
export interface EditWeights {
  readonly subspace: Tensor;
  readonly source: Tensor | { readonly difference: Tensor };
  readonly offset: Tensor;
}

/** Names of an edit's subspaces among the weights of its expert. */
export const subspaceSuffix = '.subspace';

/**
 * Edits of hidden states in a subspace (CS-ReFT: arXiv 2503.10617, section 3; LoReFT: Wu et al., "ReFT: Representation Finetuning for Language Models", NeurIPS 2024): what leaves a stage, h, goes on as
 * h + R' (W h + b - R h), with orthonormal rows R that stay so when they train. Published edits begin with W and b at random; `identity` begins with W = R and b = 0, which changes no bit, and trains W - R,
 * so that weight decay draws to what the backbone gives.
 */
export const edit: Module<EditArchitecture> = {
  kind: 'edit',
  schema,
  sites: ({ domain, sites }) => (domain === 'text' ? sites.filter(({ stage }, i) => sites[i + 1]?.stage !== stage) : []),
  attach:
    (scope, { rank, init }) =>
    ({ name, channels }, x) => {
      const weight = (part: string) => scope.weight(`${name}.${part}`, [rank, channels], { value: 0 });
      const published = init === 'published';
      const subspace = scope.weight(`${name}${subspaceSuffix}`, [rank, channels], { orthonormal: true });
      const source = published
        ? scope.weight(`${name}.source`, [rank, channels], { fanIn: channels })
        : { difference: weight('difference') };
      const offset = scope.weight(`${name}.offset`, [rank], published ? { fanIn: channels } : { value: 0 });
      scope.count((published ? 3 : 2) * (x.size / Math.max(1, x.shape[0])) * rank);
      return edited(x, { subspace, source, offset });
    },
};

/** h + R' (W h + b - R h) for each h of `[..., d]`. */
export function edited(h: Tensor, { subspace, source, offset }: EditWeights): Tensor {
  const width = h.shape.at(-1) ?? 0;
  const rows = tf.reshape(h, [h.size / width, width]);
  const mapped = (to: Tensor) => tf.matMul(rows, to, false, true);
  const inside = 'difference' in source ? mapped(source.difference) : tf.sub(mapped(source), mapped(subspace));
  return tf.add(h, tf.reshape(tf.matMul(tf.add(inside, offset), subspace), h.shape));
}
