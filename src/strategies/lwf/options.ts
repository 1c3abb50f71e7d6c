import { z } from 'zod';
import { sharedShape, strength } from '../shared/baseline-options.js';

export const lwfOptionsSchema = z.strictObject({
  ...sharedShape,
  distillation: strength(1, "lambda: weight of each old head's distillation; 0 trains without"),
  temperature: z.number().positive().default(2).describe('T: softening of the distilled probabilities'),
});

export type LwfOptions = z.infer<typeof lwfOptionsSchema>;
