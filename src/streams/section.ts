import { z } from 'zod';
import { nearestName } from '../core/errors.js';

/** A manifest section: an object that refuses keys it does not have, and names the nearest key that it has. */
export function section<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const known = Object.keys(shape);
      const key = issue.keys[0] ?? '';
      const near = nearestName(key, known);
      return near === undefined
        ? `unknown key "${key}": one of ${known.join(', ')} expected`
        : `unknown key "${key}": did you mean "${near}"?`;
    },
  });
}

const percent = 'a share such as 10% expected';

/** `10%` as text. Any other text ends the check, so that a union with other forms names them all. */
export const percentSchema = z.string(percent).regex(/^\d+(\.\d+)?%$/, { error: percent, abort: true });

/** `20%` as 0.2; undefined for what is no share. */
export const shareOf = (text: string): number | undefined =>
  percentSchema.safeParse(text).success ? Number.parseFloat(text) / 100 : undefined;

export const classNameSchema = z.union([z.string(), z.int()]);
