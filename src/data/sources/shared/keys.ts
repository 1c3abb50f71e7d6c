import { z } from 'zod';
import { inputLimits } from '../../input-limits.js';

/** One path. */
export const path = z.string().min(1);

/** One path, or several. */
export const paths = z.union([path, z.array(path).min(1)]);

/** Two names: of the inputs and of their labels. */
export const pair = z.tuple([path, path], 'two names expected: [INPUTS, LABELS]');

/** What a compressed file may unpack to. */
export const maxUnpackedBytes = z
  .int()
  .positive()
  .default(inputLimits.unpackedBytes)
  .describe('compressed files that unpack to more are refused');

/** Of a table that is text. */
export const maxLineCharacters = z.int().positive().default(inputLimits.lineCharacters).describe('longer lines are refused');
