import { z } from 'zod';

/** One path. */
export const path = z.string().min(1);

/** One path, or several. */
export const paths = z.union([path, z.array(path).min(1)]);

/** Two names: of the inputs and of their labels. */
export const pair = z.tuple([path, path], 'two names expected: [INPUTS, LABELS]');
