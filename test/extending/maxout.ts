import { z } from 'zod';
import { scopedNetwork, tf, type ExpertKind } from '../../src/extend.js';

const schema = z.strictObject({ kind: z.literal('maxout'), units: z.int().positive() });

/** A kind of expert that the library does not have: one layer whose units give the larger of two linear maps (Goodfellow et al., ICML 2013). */
export const maxout: ExpertKind<z.infer<typeof schema>> = {
  kind: 'maxout',
  schema,
  accepts: (shape) => shape.length === 1 || 'vectors [length]',
  network: ({ units }, inputShape) =>
    scopedNetwork(`maxout ${JSON.stringify({ units, inputShape })}`, inputShape, (scope, x) => {
      const [length = 0] = inputShape;
      scope.count(2 * length * units);
      const [one, other] = ['one', 'other'].map((name) => tf.matMul(x, scope.weight(name, [length, units], { fanIn: length })));
      return tf.maximum(one ?? x, other ?? x);
    }),
};
