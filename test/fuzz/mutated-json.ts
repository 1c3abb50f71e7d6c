import fc from 'fast-check';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** So many lists in each other as no call stack holds. */
export const deep = (levels = 100_000): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** Values that readers may take for others. */
const strange: readonly Json[] = [
  ...[null, true, '', '..', '/', 'NaN', '1', '\u2028\n', [], {}, [[]], [null], -1, 0.5, 1e308, 2 ** 53, 1e9],
  { toString: 1, valueOf: 1 },
  { $number: 'NaN' },
  { $number: { toString: 1 } },
];

/** The places of a value: keys from the root, of every object and list in it. */
function* placesOf(value: Json, above: readonly string[] = []): Generator<readonly string[]> {
  if (above.length > 0) yield above;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) yield* placesOf(member, [...above, key]);
}

/** A plain value with up to four members replaced, removed, renamed or doubled; some as it is. */
export function mutatedJson(value: unknown): fc.Arbitrary<Json> {
  const original = value as Json;
  const places = [...placesOf(original)];
  const change = fc.tuple(
    fc.constantFrom(...places),
    fc.oneof(
      fc.constantFrom(...strange).map((to) => ({ to })),
      fc.constantFrom(...places).map((from) => ({ from })),
      fc.constantFrom('constructor', '__proto__', 'x', '').map((name) => ({ name })),
      fc.constant({}),
    ),
  );
  return fc.array(change, { maxLength: 4 }).map((changes) => {
    const copy = structuredClone(original);
    for (const [place, how] of changes) {
      const owner = at(copy, place.slice(0, -1));
      const key = place.at(-1) ?? '';
      if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, key)) continue;
      const members = owner as Record<string, Json>;
      if ('to' in how) members[key] = how.to;
      else if ('from' in how) members[key] = structuredClone(at(original, how.from) ?? null);
      else {
        if ('name' in how)
          Object.defineProperty(owner, how.name, { value: members[key], enumerable: true, configurable: true, writable: true });
        Reflect.deleteProperty(owner, key);
      }
    }
    return copy;
  });
}

const at = (root: Json, place: readonly string[]): Json | undefined =>
  place.reduce<Json | undefined>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, Json>)[key] : undefined,
    root,
  );
