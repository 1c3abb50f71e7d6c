import { z } from 'zod';
import { importanceExamples, sharedShape, strength } from '../shared/baseline-options.js';

export const masOptionsSchema = z.strictObject({
  ...sharedShape,
  lambda: strength(1, 'lambda: strength of the penalty; 0 is finetune'),
  importanceExamples,
});

export type MasOptions = z.infer<typeof masOptionsSchema>;
