import { z } from 'zod';
import { importanceExamples, penaltyShape, strength } from '../shared/baseline-options.js';

export const masOptionsSchema = z.strictObject({
  ...penaltyShape,
  lambda: strength(0.1, 'lambda: strength of the penalty; 0 is finetune'),
  importanceExamples,
});

export type MasOptions = z.infer<typeof masOptionsSchema>;
