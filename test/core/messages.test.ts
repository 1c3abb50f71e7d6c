import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { arrayStream, loadStream, strategies, type JsonObject, type JsonValue } from '../../src/index.js';
import { parseOptions } from '../../src/strategies/options.js';
import { manifestSchema } from '../../src/streams/manifest.js';
import { tempFolder } from '../data/temp-folder.js';

/** Places of a schema by what leads to them: a value that is right but for the wrong one put there. */
type Put = (wrong: unknown) => unknown;
interface Place {
  readonly name: string;
  readonly put: Put;
  readonly isUnion: boolean;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly shape?: Record<string, z.ZodType>;
  readonly items?: z.ZodType[];
  readonly options?: z.ZodType[];
  readonly values?: unknown[];
  readonly entries?: Record<string, unknown>;
  readonly getter?: () => z.ZodType;
}
const definitionOf = (schema: z.ZodType) => schema.def as unknown as Definition;

/** The schema behind defaults and the like; both sides of a pipe are one place, and the one that is no transform tells its type. */
function bare(schema: z.ZodType): z.ZodType {
  const { innerType, type, in: left, out, getter } = definitionOf(schema);
  if (innerType) return bare(innerType);
  if (getter) return bare(getter());
  if (type !== 'pipe' || !left || !out) return schema;
  return bare(definitionOf(left).type === 'transform' ? out : left);
}

/** A right value of a schema, as small as can be. */
function right(schema: z.ZodType): unknown {
  const { type, shape = {}, items = [], options = [], values = [], entries = {}, element } = definitionOf(bare(schema));
  switch (type) {
    case 'object':
      return required(shape);
    case 'array':
      return element ? [right(element)] : [];
    case 'tuple':
      return items.map(right);
    case 'union':
      return options[0] && right(options[0]);
    case 'literal':
      return values[0];
    case 'enum':
      return Object.values(entries)[0];
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'record':
      return {};
    default:
      return 'x';
  }
}

const required = (shape: Record<string, z.ZodType>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(shape)
      .filter(([, member]) => !member.safeParse(undefined).success)
      .map(([key, member]) => [key, right(member)]),
  );

function* placesOf(schema: z.ZodType, name: string, put: Put, inside: readonly z.ZodType[] = []): Generator<Place> {
  if (inside.includes(schema)) return;
  const { type, shape = {}, items = [], options = [], element, valueType } = definitionOf(bare(schema));
  yield { name, put, isUnion: type === 'union' };
  const within = (member: z.ZodType, key: string, place: Put) =>
    placesOf(member, `${name}.${key}`, (wrong) => put(place(wrong)), [...inside, schema]);
  for (const [key, member] of Object.entries(shape)) yield* within(member, key, (wrong) => ({ ...required(shape), [key]: wrong }));
  for (const [i, member] of items.entries())
    yield* within(member, `${i}`, (wrong) => items.map((item, j) => (i === j ? wrong : right(item))));
  if (element) yield* within(element, '0', (wrong) => [wrong]);
  if (valueType) yield* within(valueType, 'key', (wrong) => ({ key: wrong }));
  for (const option of options) yield* placesOf(option, name, put, [...inside, schema]);
}

/** Every place once, a union rather than one of its branches. */
function placesIn(schema: z.ZodObject): Place[] {
  const places = new Map<string, Place>();
  for (const [key, member] of Object.entries<z.ZodType>(schema.shape)) {
    for (const place of placesOf(member, key, (wrong) => ({ [key]: wrong }))) {
      const at = JSON.stringify([place.name, place.put(null)]);
      if (!places.get(at)?.isUnion) places.set(at, place);
    }
  }
  return [...places.values()];
}

async function messageOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: 'LifelongError', code: 'config' });
    return (error as Error).message;
  }
}

describe('messages about a manifest', () => {
  const path = join(tempFolder(), 'stream.yaml');
  writeFileSync(path, 'name: wrong\ntasks: { split: 1 }\n');
  const told = (value: unknown) => messageOf(() => loadStream(path, { set: value as Record<string, JsonValue> }));
  const places = placesIn(manifestSchema);
  const unions = places.filter(({ isUnion }) => isUnion);

  it('are about every union in it', () => {
    const names = new Set(unions.map(({ name }) => name));
    for (const name of ['data', 'datasets.key', 'data.test', 'tasks.order', 'tasks.split', 'tasks.corrupted.0', 'tasks.sequence.0.id'])
      expect(names).toContain(name);
    for (const name of ['limits.train', 'limits.perClass.test', 'input.size', 'input.normalize', 'augment', 'augment.0', 'options.key'])
      expect(names).toContain(name);
  });

  it.each(places)('say what was expected as $name, and what was found', async ({ put }) => {
    const message = await told(put(NaN));
    expect(message).toMatch(/ expected\b.*, found (NaN|null|\[null\])$/);
    expect(message).not.toMatch(/Invalid|received|undefined/);
  });

  it.each(unions.filter(({ name }) => !name.startsWith('options')))('say so of an object as $name', async ({ put }) => {
    const message = await told(put({ nonsense: [1] }));
    expect(message).toMatch(/unknown key "nonsense": |expected, found \[?\{"nonsense":\[1\]\}\]?$|one of .* expected, found nothing$/);
    expect(message).not.toMatch(/Invalid|received|undefined/);
  });

  it.each<[Record<string, JsonValue>, string]>([
    [
      { augment: 'foo' },
      'augment: none, published or a list of flip, { crop: PADDING } and { brightness: DELTA }, or of { gain: DB }, { shift: SECONDS }, { noise: FOLDER, snr: DB } and { copies: COUNT }, expected, found "foo"',
    ],
    [{ augment: [{ crop: 'x' }] }, 'augment.0.crop: whole number expected, found "x"'],
    [
      { augment: [{ flop: 1 }] },
      'augment.0: flip, { crop: PADDING }, { brightness: DELTA }, { gain: DB }, { shift: SECONDS }, { noise: FOLDER, snr: DB } or { copies: COUNT } expected, found {"flop":1}',
    ],
    [{ 'limits.train': 'many' }, 'limits.train: a number of samples, a share such as 10%, or all expected, found "many"'],
    [{ 'limits.train': -1 }, 'limits.train: number from 0 expected, found -1'],
    [{ 'tasks.split': 'x' }, 'tasks.split: whole number or list expected, found "x"'],
    [{ 'tasks.order': [[0, true]] }, 'tasks.order.0.1: string or whole number expected, found true'],
    [{ 'tasks.order': [0, null] }, 'tasks.order: natural, seed, a list of classes, or a list of lists of classes expected, found [0,null]'],
    [{ 'input.channels': 2 }, 'input.channels: 1 or 3 expected, found 2'],
    [{ data: { source: 'folder', path: 'x', test: '3' } }, 'data.test: a share such as 10% expected, found "3"'],
    [{ data: { source: 'csv', train: 'x', label: 'y', test: 3 } }, 'data.test: a share such as 10% or string expected, found 3'],
    [{ name: 'long '.repeat(100), seed: 'long '.repeat(100) }, `seed: whole number expected, found "${'long '.repeat(100).slice(0, 58)}…`],
  ])('%j', async (set, message) => {
    expect(await told(set)).toMatch(new RegExp(`: ${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
  });
});

describe('messages about options', () => {
  const places = strategies.flatMap((entry) => placesIn(entry.options).map((place) => ({ entry, strategy: entry.name, ...place })));

  it.each(places)('of $strategy say what was expected as $name, and what was found', async ({ entry, strategy, name, put }) => {
    const message = await messageOf(() => entry.create(put(null) as JsonObject));
    expect(message).toMatch(new RegExp(`^${strategy}: option ${name}: .* expected, found null$`));
    expect(message).not.toMatch(/Invalid|received/);
  });

  const schema = z.strictObject({
    memory: z.union([z.int().positive(), z.literal('all'), z.strictObject({ share: z.number().max(1) }), z.array(z.boolean()).length(2)]),
    either: z.union([z.strictObject({ a: z.int() }), z.strictObject({ b: z.int() })]).optional(),
  });
  it.each([
    [{ memory: 'most' }, 'memory: whole number, all, object or list expected, found "most"'],
    [{ memory: { share: 'x' } }, 'memory.share: number expected, found "x"'],
    [{ memory: { share: 2 } }, 'memory.share: number up to 1 expected, found 2'],
    [{ memory: [true] }, 'memory: list of length 2 expected, found [true]'],
    [{ memory: 0 }, 'memory: number above 0 expected, found 0'],
    [{ memory: { part: 1 } }, 'memory.part: unknown key "part"'],
    [{}, 'memory: missing, whole number, all, object or list expected'],
    [{ memory: 1, either: { c: 1 } }, 'either: another object expected, found {"c":1}'],
  ])('name the branches of a union that none fits, or the one that nearly does: %j', (options, message) => {
    expect(() => parseOptions('own', schema, options)).toThrow(`own: option ${message}`);
  });
});

describe('messages about arrayStream', () => {
  it.each(['abc', -1, null])('name a validation that is none: %j', async (validation) => {
    const message = await messageOf(() => arrayStream([], { validation: validation as number }));
    expect(message).toMatch(/^arrayStream: validation: .* expected, found /);
    expect(message).toContain(JSON.stringify(validation));
  });
});
