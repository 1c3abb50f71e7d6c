import { z } from 'zod';
import { memoryShape, sharedShape } from '../shared/baseline-options.js';

export const erOptionsSchema = z.strictObject({ ...sharedShape, ...memoryShape });

export type ErOptions = z.infer<typeof erOptionsSchema>;
