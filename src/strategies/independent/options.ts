import { z } from 'zod';
import { ensemble, networkShape } from '../shared/baseline-options.js';

export const independentOptionsSchema = z.strictObject({ ...networkShape, ensemble });

export type IndependentOptions = z.infer<typeof independentOptionsSchema>;
