import { z } from 'zod';
import { strength, trainingShape, units } from '../shared/baseline-options.js';

export const hatOptionsSchema = z.strictObject({
  ...trainingShape,
  // Published. The pressure of sparsity was made for SGD without momentum: 0.9 multiplies it by ten, and no unit of small layers is claimed.
  learningRate: trainingShape.learningRate.default(0.05),
  momentum: trainingShape.momentum.default(0),
  units,
  sparsity: strength(0.75, 'c: weight of the share of unclaimed units that a task claims'),
  sharpness: z.number().positive().default(400).describe('s_max: slope of the attention at the end of an epoch'),
});

export type HatOptions = z.infer<typeof hatOptionsSchema>;
