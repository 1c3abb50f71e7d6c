import { z } from 'zod';
import type { Site } from '../../backbones/backbone.js';
import { gelu } from '../../nn/gelu.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { attachedSchema, type Module } from './module.js';
import { rescaled } from './patch.js';

const schema = attachedSchema.extend({
  module: z.literal('adapter'),
  /** m, units between the two maps. */
  bottleneck: z.int().positive(),
  /** Whether layers have adapters of their own, or all of them the same two. */
  depthSharing: z.enum(['per-layer', 'shared']),
});

export type AdapterArchitecture = z.infer<typeof schema>;

/**
 * Adapters (Houlsby et al., "Parameter-Efficient Transfer Learning for NLP", ICML 2019): behind the attention and the feed-forward part of a layer x + gelu(x W1 + b1) W2 + b2, before it is added to what
 * came in; layer norms train too, as a scale and a shift behind them. Published adapters begin with weights of 1e-3; ours with W2 = 0 and b2 = 0, so that what begins is the backbone to the last bit.
 * `shared`: one adapter behind all attentions and one behind all feed-forward parts, as layers of ALBERT that share their weights have them; norms stay each layer's own.
 */
export const adapter: Module<AdapterArchitecture> = {
  kind: 'adapter',
  schema,
  sites: ({ domain, sites }) => (domain === 'image' ? [] : sites.filter(({ kind }) => kind !== 'output')),
  attach(scope, { bottleneck, depthSharing }) {
    const shared = new Map<string, readonly Tensor[]>();
    const declare = (name: string, width: number): readonly Tensor[] => [
      scope.weight(`${name}.down`, [width, bottleneck], { fanIn: width }),
      scope.weight(`${name}.down-bias`, [bottleneck], { value: 0 }),
      scope.weight(`${name}.up`, [bottleneck, width], { value: 0 }),
      scope.weight(`${name}.up-bias`, [width], { value: 0 }),
    ];
    return (site, x) => {
      if (site.kind === 'norm') return rescaled(scope, site, x);
      const name = depthSharing === 'shared' ? partOf(site) : site.name;
      const weights = shared.get(name) ?? declare(name, site.channels);
      shared.set(name, weights);
      scope.count(2 * (x.size / Math.max(1, x.shape[0])) * bottleneck);
      return adapted(x, weights);
    };
  },
};

/** `attention` of `layer3/attention`. */
const partOf = ({ name, stage }: Site): string => name.slice(stage.length + 1);

function adapted(x: Tensor, [down, downBias, up, upBias]: readonly Tensor[]): Tensor {
  const width = x.shape.at(-1) ?? 0;
  const rows = tf.reshape(x, [x.size / width, width]);
  const middle = gelu(tf.add(tf.matMul(rows, down as Tensor), downBias as Tensor));
  return tf.add(x, tf.reshape(tf.add(tf.matMul(middle, up as Tensor), upBias as Tensor), x.shape));
}
