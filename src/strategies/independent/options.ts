import { z } from 'zod';
import { gateShape } from '../gates/options.js';
import { ensemble, networkShape } from '../shared/baseline-options.js';

export const independentOptionsSchema = z.strictObject({ ...networkShape, ensemble, ...gateShape });

export type IndependentOptions = z.infer<typeof independentOptionsSchema>;
