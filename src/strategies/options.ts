import type { z } from 'zod';
import { checkValue } from '../core/check-value.js';
import { LifelongError, nearestName } from '../core/errors.js';

/**
 * A strategy's options with every default filled in.
 *
 * @throws LifelongError `config` naming the option, what was expected and what was found
 */
export function parseOptions<Schema extends z.ZodObject>(
  strategy: string,
  schema: Schema,
  options: Readonly<Record<string, unknown>>,
): z.infer<Schema> {
  const { data, fault } = checkValue(schema, options);
  if (!fault) return data;
  const { path, message, unknownKey } = fault;
  if (unknownKey !== undefined && path.length === 1) {
    const known = Object.keys(schema.shape);
    const nearest = nearestName(unknownKey, known);
    throw new LifelongError(
      'config',
      `${strategy}: unknown option "${unknownKey}"`,
      nearest ? `did you mean ${nearest}?` : `options: ${known.join(', ')}`,
    );
  }
  throw new LifelongError('config', `${strategy}: option ${path.join('.')}: ${message}`);
}
