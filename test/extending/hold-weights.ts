import { z } from 'zod';
import { parseOptions, recipeShape, sharedNetwork, tf, type StepTerm, type Tensor } from '../../src/extend.js';
import type { Strategy } from '../../src/index.js';
import { maxout } from './maxout.js';

const schema = z.strictObject({
  ...recipeShape,
  strength: z.number().min(0).default(1).describe('weight of the squared distance from the weights that the task before left'),
});

/** A strategy that the library does not have: every weight is held where the task before left it, whatever it is for. */
export function holdWeights(options: Partial<z.infer<typeof schema>> = {}): Strategy {
  const settings = parseOptions('hold-weights', schema, options);
  return sharedNetwork('hold-weights', settings, () => ({ kind: 'maxout', units: 6 }), {
    kinds: [maxout],
    plan: ({ expert: { tasks, vectors } }) =>
      tasks.length === 0 ? {} : { terms: [held(settings.strength)], constants: { before: vectors.parameters } },
  });
}

const held = (strength: number): StepTerm => ({
  key: `hold-weights ${strength}`,
  penalty(weights, inputs) {
    const before = inputs['before'] as Tensor;
    const distance = tf.sub(tf.slice(weights, [0], [before.size]), before);
    return {
      loss: tf.mul(tf.sum(tf.square(distance)), strength / 2),
      gradient: tf.pad(tf.mul(distance, strength), [[0, weights.size - before.size]]),
    };
  },
});
