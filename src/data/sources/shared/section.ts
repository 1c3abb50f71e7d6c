import { z } from 'zod';
import { nearestName } from '../../../core/errors.js';

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
