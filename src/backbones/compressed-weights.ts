import { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import { refuseReservedKeys } from '../core/reserved-keys.js';
import type { NamedArray } from '../core/snapshot.js';
import { lengthOf } from '../data/array-split.js';
import { inputLimits } from '../data/input-limits.js';
import { pruneWeights } from './prune-weights.js';

type Arrays = Readonly<Record<string, NamedArray>>;

/** How weights are made small. */
export interface Compression {
  /** Share of all numbers in arrays with two axes or more that becomes 0, as {@link pruneWeights} chooses them: 0 none, less than 1. */
  readonly prune: number;
  /** Of each number that is left: 32 as it is, 8 as an integer times the scale of its column, the last axis. */
  readonly bits: 8 | 32;
}

const magic = 'lifelong-weights';

const header = z.array(
  z.strictObject({
    name: z.string(),
    shape: z.array(z.int().positive()),
    /** 0: all numbers, float32, nothing left out. */
    bits: z.union([z.literal(0), z.literal(8), z.literal(32)]),
    /** Numbers that are not 0. */
    kept: z.int().min(0),
  }),
);
type Entry = z.infer<typeof header>[number];

/** Columns of an array, its last axis. */
const columnsOf = (shape: readonly number[]): number => shape.at(-1) ?? 1;

/** Bytes of each part of an array: scales of columns, which numbers there are (a bit each), those numbers. */
function partsOf({ shape, bits, kept }: Omit<Entry, 'name'>): readonly [scales: number, mask: number, numbers: number] {
  if (bits === 0) return [0, 0, 4 * lengthOf(shape)];
  return [bits === 8 ? 4 * columnsOf(shape) : 0, Math.ceil(lengthOf(shape) / 8), (bits / 8) * kept];
}

/**
 * Weights as a file with a mask of bits for each array: n / 8 bytes, and the numbers that are not 0, {@link pruneWeights pruned} and then symmetric integers by column, round(w / s) with s = max |w| / 127.
 * Arrays of one axis stay as they are.
 *
 * @throws LifelongError `config` for a share outside of [0, 1); `data` for an array of integers
 */
export function formatCompressed(arrays: Arrays, { prune, bits }: Compression): Uint8Array {
  if (!(prune >= 0 && prune < 1)) throw new LifelongError('config', `prune: a share from 0 to less than 1 expected, found ${prune}`);
  const packed = Object.entries(pruneWeights(arrays, prune)).map(([name, array]) => pack(name, array, bits));
  const text = new TextEncoder().encode(`${magic}${JSON.stringify(packed.map(({ entry }) => entry))}\n`);
  const bytes = new Uint8Array(packed.reduce((sum, { blocks }) => sum + blocks.reduce((all, { length }) => all + length, 0), text.length));
  bytes.set(text);
  let at = text.length;
  for (const block of packed.flatMap(({ blocks }) => blocks)) {
    bytes.set(block, at);
    at += block.length;
  }
  return bytes;
}

/** Whether a file is one of {@link formatCompressed}. */
export const isCompressed = (bytes: Uint8Array): boolean => new TextDecoder('latin1').decode(bytes.subarray(0, magic.length)) === magic;

/**
 * The weights in such a file: what was left out is 0, and integers are numbers again.
 *
 * @throws LifelongError `data` for a file that is not whole, or no such file
 */
export function parseCompressed(bytes: Uint8Array, where: string): Record<string, NamedArray> {
  const damaged = (found: string) =>
    new LifelongError('data', `${where}: compressed weights expected, found ${found}`, 'compress them again');
  const end = bytes.indexOf(10);
  const { data: entries } = header.safeParse(isCompressed(bytes) && end > 0 ? parsed(bytes.subarray(magic.length, end)) : undefined);
  if (!entries) throw damaged('no list of arrays');
  refuseReservedKeys(
    entries.map(({ name }) => name),
    where,
  );
  const whole = entries.reduce((sum, { shape }) => sum + 4 * lengthOf(shape), 0);
  if (whole > inputLimits.unpackedBytes) throw damaged(`arrays of ${whole} bytes`);
  const expected = entries.reduce((sum, entry) => sum + partsOf(entry).reduce((all, part) => all + part, 0), end + 1);
  if (expected !== bytes.length) throw damaged(`${bytes.length} bytes where ${expected} are listed`);
  const arrays = new Map<string, NamedArray>();
  let at = end + 1;
  for (const entry of entries) {
    const [scales, mask, numbers] = partsOf(entry).map((length) => new Uint8Array(bytes.subarray(at, (at += length)))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const data = unpack(entry, scales, mask, numbers);
    if (!data) throw damaged(`another number of weights in ${entry.name} than the ${entry.kept} listed`);
    arrays.set(entry.name, { shape: entry.shape, data });
  }
  return Object.fromEntries(arrays);
}

function pack(name: string, { shape, data }: NamedArray, bits: Compression['bits']): { entry: Entry; blocks: Uint8Array[] } {
  if (!(data instanceof Float32Array)) throw new LifelongError('data', `weights ${name}: float32 expected, found integers`);
  if (shape.length < 2) return { entry: { name, shape: [...shape], bits: 0, kept: data.length }, blocks: [bytesOf(data)] };
  const columns = columnsOf(shape);
  const scales = bits === 8 ? scalesOf(data, columns) : undefined;
  const mask = new Uint8Array(Math.ceil(data.length / 8));
  const numbers = new Float32Array(data.length);
  let kept = 0;
  data.forEach((value, i) => {
    const number = scales ? roundHalfToEven(value / (scales[i % columns] as number)) : value;
    if (number === 0) return;
    mask[i >> 3] = (mask[i >> 3] as number) | (1 << (i & 7));
    numbers[kept++] = number;
  });
  const left = numbers.slice(0, kept);
  const blocks = scales ? [bytesOf(scales), mask, bytesOf(Int8Array.from(left))] : [mask, bytesOf(left)];
  return { entry: { name, shape: [...shape], bits, kept }, blocks };
}

/** Undefined where the mask and the numbers do not go together. */
function unpack({ shape, bits, kept }: Entry, scales: Uint8Array, mask: Uint8Array, numbers: Uint8Array): Float32Array | undefined {
  const count = lengthOf(shape);
  if (bits === 0) return new Float32Array(numbers.buffer);
  const values = bits === 8 ? new Int8Array(numbers.buffer) : new Float32Array(numbers.buffer);
  const scale = bits === 8 ? new Float32Array(scales.buffer) : undefined;
  const columns = columnsOf(shape);
  const data = new Float32Array(count);
  let next = 0;
  for (let i = 0; i < 8 * mask.length; i++) {
    if (((mask[i >> 3] as number) & (1 << (i & 7))) === 0) continue;
    if (i >= count || next >= kept) return undefined;
    data[i] = (values[next++] as number) * (scale?.[i % columns] ?? 1);
  }
  return next === kept ? data : undefined;
}

/** max |w| / 127 of each column; 1 for one of zeros. */
function scalesOf(data: Float32Array, columns: number): Float32Array {
  const largest = new Float32Array(columns);
  data.forEach((value, i) => {
    largest[i % columns] = Math.max(largest[i % columns] as number, Math.abs(value));
  });
  return largest.map((value) => (value === 0 ? 1 : value / 127));
}

/** As TensorFlow rounds. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const over = value - below;
  return over < 0.5 || (over === 0.5 && below % 2 === 0) ? below : below + 1;
}

function parsed(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch {
    return undefined;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
