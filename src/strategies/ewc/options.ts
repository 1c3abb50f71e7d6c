import { z } from 'zod';
import { fisher, importanceExamples, sharedShape, strength } from '../shared/baseline-options.js';

export const ewcOptionsSchema = z.strictObject({
  ...sharedShape,
  lambda: strength(1000, 'lambda: strength of the penalty; 0 is finetune'),
  importanceExamples,
  fisher,
});

export type EwcOptions = z.infer<typeof ewcOptionsSchema>;
