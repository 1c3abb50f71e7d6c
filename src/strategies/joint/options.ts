import { z } from 'zod';
import { sharedShape } from '../shared/baseline-options.js';

export const jointOptionsSchema = z.strictObject(sharedShape);

export type JointOptions = z.infer<typeof jointOptionsSchema>;
