import { z } from 'zod';
import { featuresShape, strengthOrValidation } from '../on-features/shared-options.js';

export const probeOptionsSchema = z.strictObject({
  ...featuresShape,
  weightDecay: strengthOrValidation('weight decay, half of which times the squared weights is added to the mean loss'),
});

export type ProbeOptions = z.infer<typeof probeOptionsSchema>;
