import type { z } from 'zod';
import { checkValue } from '../core/check-value.js';
import { LifelongError } from '../core/errors.js';
import { refuseReservedKeysWithin } from '../core/reserved-keys.js';

/**
 * Checks a manifest, or a section of one, and fills in its defaults.
 *
 * @param locate where a key stands, such as file and line; `where` and the key by default
 * @throws LifelongError `config` with the first thing that is wrong
 */
export function checkSection<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
  locate: (keys: readonly PropertyKey[]) => string = () => where,
): z.output<Schema> {
  refuseReservedKeysWithin(value, where, 'config');
  const { data, fault } = checkValue(schema, value);
  if (!fault) return data;
  const { path, message, unknownKey } = fault;
  const key = path.map(String).join('.');
  throw new LifelongError('config', `${locate(path)}: ${key === '' || unknownKey !== undefined ? '' : `${key}: `}${message}`);
}
