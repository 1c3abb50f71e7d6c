import { z } from 'zod';
import { networkShape } from '../shared/baseline-options.js';

export const independentOptionsSchema = z.strictObject(networkShape);

export type IndependentOptions = z.infer<typeof independentOptionsSchema>;
