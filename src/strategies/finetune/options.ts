import { z } from 'zod';
import { sharedShape } from '../shared/baseline-options.js';

export const finetuneOptionsSchema = z.strictObject(sharedShape);

export type FinetuneOptions = z.infer<typeof finetuneOptionsSchema>;
