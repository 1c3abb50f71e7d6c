import { LifelongError, type ErrorCode } from './errors.js';

const reserved: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses names that JavaScript gives every object a meaning for. As keys from outside they would change what all objects share, or be lost.
 *
 * @param where names the keys in the error, such as a file
 * @throws LifelongError of this code, naming the key
 */
export function refuseReservedKeys(keys: Iterable<string>, where: string, code: ErrorCode = 'data'): void {
  for (const key of keys) {
    if (reserved.has(key))
      throw new LifelongError(code, `${where}: another key than "${key}" expected, JavaScript reserves it`, 'rename it');
  }
}

/** {@link refuseReservedKeys} for every key of an object and of what it holds. */
export function refuseReservedKeysWithin(value: unknown, where: string, code?: ErrorCode): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (!Array.isArray(value)) refuseReservedKeys(Object.keys(value), where, code);
  for (const member of Object.values(value)) refuseReservedKeysWithin(member, where, code);
}
