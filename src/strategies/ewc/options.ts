import { z } from 'zod';
import { fisher, importanceExamples, penaltyShape, strength } from '../shared/baseline-options.js';

export const ewcOptionsSchema = z.strictObject({
  ...penaltyShape,
  lambda: strength(1000, 'lambda: strength of the penalty; 0 is finetune'),
  importanceExamples,
  fisher,
});

export type EwcOptions = z.infer<typeof ewcOptionsSchema>;
