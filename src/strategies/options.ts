import type { z } from 'zod';
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
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const nearest = nearestName(key, known);
    throw new LifelongError(
      'config',
      `${strategy}: unknown option "${key}"`,
      nearest ? `did you mean ${nearest}?` : `options: ${known.join(', ')}`,
    );
  }
  const path = issue?.path.join('.') ?? '';
  throw new LifelongError('config', `${strategy}: option ${path}: ${issue?.message ?? 'invalid'}, found ${JSON.stringify(options[path])}`);
}
