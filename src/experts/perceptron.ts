import { z } from 'zod';
import { mlpNetwork } from '../nn/mlp.js';
import type { ExpertKind } from './expert-kind.js';

const schema = z.strictObject({
  kind: z.literal('perceptron'),
  /** Width of each hidden layer, the first one first. */
  units: z.array(z.int().positive()).min(1),
});

/** Hidden layers without batch norm over float32 inputs of any shape, which are flattened. */
export type PerceptronArchitecture = z.infer<typeof schema>;

/** Multi-layer perceptrons. */
export const perceptron: ExpertKind<PerceptronArchitecture> = {
  kind: 'perceptron',
  schema,
  accepts: ({ dtype }) => dtype === 'float32' || 'inputs of float32',
  network: ({ units }, { shape }) => mlpNetwork({ inputShape: shape, units }),
};
