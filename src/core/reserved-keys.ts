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

/** Levels: more than anything that is written by hand or by this library, and far from what a call stack holds. */
export const deepestNesting = 100;

/**
 * {@link refuseReservedKeys} for every key of an object and of what it holds. What would exhaust whoever walks through it is refused too: nesting
 * without end, which YAML can write as an alias inside of what it stands for, and nesting that a call stack does not hold.
 */
export function refuseReservedKeysWithin(value: unknown, where: string, code: ErrorCode = 'data'): void {
  const done = new Set<unknown>();
  const walk = (part: unknown, depth: number): void => {
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part) || done.has(part)) return;
    if (depth === deepestNesting)
      throw new LifelongError(code, `${where}: at most ${deepestNesting} levels of nesting expected, found more`);
    if (!Array.isArray(part)) refuseReservedKeys(Object.keys(part), where, code);
    for (const member of Object.values(part)) walk(member, depth + 1);
    done.add(part);
  };
  walk(value, 0);
}
