import { z } from 'zod';
import { featuresShape, strengthOrValidation } from '../on-features/shared-options.js';

export const ranpacOptionsSchema = z.strictObject({
  ...featuresShape,
  projection: z
    .int()
    .positive()
    .default(2000)
    .describe('M, random features; what is kept grows with its square: 2 M² bytes (published: 10000)'),
  ridge: strengthOrValidation('lambda of the ridge regression'),
});

export type RanpacOptions = z.infer<typeof ranpacOptionsSchema>;
