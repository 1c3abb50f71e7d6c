import { z } from 'zod';
import { featuresShape } from '../on-features/shared-options.js';

export const ncmOptionsSchema = z.strictObject({
  ...featuresShape,
  distance: z.enum(['euclidean', 'cosine']).default('euclidean').describe('what the nearest class mean is nearest by'),
});

export type NcmOptions = z.infer<typeof ncmOptionsSchema>;
