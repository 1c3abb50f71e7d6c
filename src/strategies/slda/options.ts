import { z } from 'zod';
import { featuresShape, strengthOrValidation } from '../on-features/shared-options.js';

export const sldaOptionsSchema = z.strictObject({
  ...featuresShape,
  shrinkage: strengthOrValidation("e, added to the shared covariance's diagonal (published: 1e-4)"),
});

export type SldaOptions = z.infer<typeof sldaOptionsSchema>;
