import { LifelongError } from '../core/errors.js';

/**
 * The JSON form of plain data, exact in both directions: NaN and infinities, which JSON would turn into null, become
 * `{"$number": "NaN" | "Infinity" | "-Infinity"}`; `undefined` members are left out.
 *
 * @param path what to call the value in errors, such as `state`
 * @throws LifelongError `storage` for what is no plain data (typed arrays, class instances, functions, …), naming the member
 */
export function encodeJson(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $number: String(value) };
  if (Array.isArray(value)) return value.map((item, i) => encodeJson(item, `${path}[${i}]`));
  if (typeof value === 'object' && isPlain(value) && !('$number' in value)) {
    const result: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) {
      if (member !== undefined) setOwn(result, key, encodeJson(member, `${path}.${key}`));
    }
    return result;
  }
  const found = typeof value === 'object' ? ((value.constructor as { name?: string } | undefined)?.name ?? 'object') : typeof value;
  throw new LifelongError('storage', `${path}: plain JSON data expected, found ${found}`, 'put typed arrays into the arrays of a snapshot');
}

/** The value that {@link encodeJson} was given. */
export function decodeJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeJson);
  if (typeof value !== 'object' || value === null) return value;
  if ('$number' in value && typeof value.$number === 'string') return Number(value.$number);
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) setOwn(result, key, decodeJson(member));
  return result;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Assignment would lose a member named `__proto__`; for all others it is a lot faster. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
