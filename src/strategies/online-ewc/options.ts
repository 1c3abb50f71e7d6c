import { z } from 'zod';
import { fisher, importanceExamples, penaltyShape, strength } from '../shared/baseline-options.js';

export const onlineEwcOptionsSchema = z.strictObject({
  ...penaltyShape,
  lambda: strength(1000, 'lambda: strength of the penalty; 0 is finetune'),
  gamma: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe('gamma: what is left of the earlier importance with each task, in the penalty of the next one already'),
  importanceExamples,
  fisher,
});

export type OnlineEwcOptions = z.infer<typeof onlineEwcOptionsSchema>;
