import { z } from 'zod';
import { standardizations } from './standardization.js';

/** Options of every strategy that works on features alone. */
export const featuresShape = {
  standardization: z
    .enum(standardizations)
    .default('first-task')
    .describe(
      "features by the first task's mean and deviation, each example's features by their length, or as they are; shards of ranpac that are to be merged take length or none",
    ),
};

/** A strength that is given, or chosen by examples that are held out. */
export const strengthOrValidation = (what: string) =>
  z
    .union([z.number().min(0), z.literal('validation')])
    .default('validation')
    .describe(`${what}; validation: chosen by examples that are held out`);
