import { z } from 'zod';
import type { ExpertKind } from '../../experts/expert-kind.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { flatten, linear, type MlpArchitecture } from '../../nn/mlp.js';
import { scopedNetwork, type Network } from '../../nn/network.js';
import { relu } from '../../nn/primitives.js';
import type { Scope } from '../../nn/scope.js';

const schema = z.strictObject({
  kind: z.literal('attended-perceptron'),
  /** Width of each hidden layer, the first one first. */
  units: z.array(z.int().positive()).min(1),
});

/** Perceptrons whose hidden units a task may claim or leave; for hard attention to the task alone. */
export const attendedPerceptron: ExpertKind<z.infer<typeof schema>> = {
  kind: 'attended-perceptron',
  schema,
  accepts: () => true,
  network: ({ units }, { shape }) => attendedMlp({ inputShape: shape, units }),
};

/**
 * A perceptron whose hidden units a task may claim or leave (Serra et al. 2018): a unit counts with attention 1 where its embedding is above 0, and
 * with 0 elsewhere. The embeddings `attention.0`, `attention.1`, … come first among its parameters. Attention in between is for training only:
 * `attentionStep`.
 */
function attendedMlp({ inputShape, units }: MlpArchitecture): Network {
  const hard = (embedding: Tensor) => tf.cast(tf.greater(embedding, 0), 'float32');
  return scopedNetwork(`attended mlp ${JSON.stringify({ inputShape, units })}`, { shape: inputShape, dtype: 'float32' }, (scope, x) =>
    attend(scope, x, units, hard),
  );
}

/** The forward pass, with the attention that embeddings give. */
export function attend(scope: Scope, x: Tensor, units: readonly number[], attention: (embedding: Tensor) => Tensor): Tensor {
  const masks = units.map((width, layer) => attention(scope.weight(`attention.${layer}`, [width], { fanIn: 1 })));
  return units.reduce((hidden, width, layer) => tf.mul(relu(linear(scope, hidden, layer, width)), masks[layer] as Tensor), flatten(x));
}
