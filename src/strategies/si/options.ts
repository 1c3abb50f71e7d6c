import { z } from 'zod';
import { penaltyShape, strength } from '../shared/baseline-options.js';

export const siOptionsSchema = z.strictObject({
  ...penaltyShape,
  strength: strength(1000, 'c: strength of the penalty; 0 is finetune'),
  damping: z.number().positive().default(0.1).describe('xi: keeps the importance of a weight that hardly moved finite'),
});

export type SiOptions = z.infer<typeof siOptionsSchema>;
