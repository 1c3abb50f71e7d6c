/**
 * Where two plain values (JSON and typed arrays) first differ, as `path: one and other`; undefined when they are equal. Numbers are equal when they
 * are the same bit for bit, but for the sign of zero. A member that is undefined is as one that is missing.
 */
export function difference(one: unknown, other: unknown, path = ''): string | undefined {
  if (one === other || (Number.isNaN(one) && Number.isNaN(other))) return undefined;
  const where = path || 'the value';
  if (!isObject(one) || !isObject(other)) return `${where}: ${describe(one)} and ${describe(other)}`;
  if (isNumbers(one) && isNumbers(other)) {
    if (one.length !== other.length) return `${where}: ${one.length} and ${other.length} numbers`;
    const i = one.findIndex((value, at) => value !== other[at] && !(Number.isNaN(value) && Number.isNaN(other[at])));
    return i < 0 ? undefined : `${where}[${i}]: ${one[i] ?? NaN} and ${other[i] ?? NaN}`;
  }
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = difference(a[key], b[key], path ? `${path}.${key}` : key);
    if (found) return found;
  }
  return undefined;
}

const isNumbers = (value: object): value is Float32Array | Int32Array => value instanceof Float32Array || value instanceof Int32Array;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const describe = (value: unknown): string => (isObject(value) ? 'an object' : String(value));
