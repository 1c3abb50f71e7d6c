import { z } from 'zod';
import { memoryShape, sharedShape, strength } from '../shared/baseline-options.js';

export const derppOptionsSchema = z.strictObject({
  ...sharedShape,
  ...memoryShape,
  alpha: strength(0.1, 'alpha: weight of the squared difference from the logits that were kept'),
  beta: strength(0.5, "beta: weight of the kept examples' labels"),
});

export type DerppOptions = z.infer<typeof derppOptionsSchema>;
