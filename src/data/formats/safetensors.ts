import { readFile } from 'node:fs/promises';
import { LifelongError } from '../../core/errors.js';
import { refuseReservedKeys } from '../../core/reserved-keys.js';
import { shown } from '../../core/shown.js';
import type { NamedArray } from '../../core/snapshot.js';
import { inputLimits } from '../input-limits.js';
import { decodeHalves } from './float16.js';

/** What a safetensors file holds. */
export interface Safetensors {
  readonly arrays: Record<string, NamedArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

type Decode = (bytes: DataView, name: string) => Float32Array | Int32Array;
interface Dtype {
  readonly size: number;
  readonly decode: Decode;
}

const floats = (size: number, get: (view: DataView, at: number) => number): Dtype => ({
  size,
  decode: (view) => Float32Array.from({ length: view.byteLength / size }, (_, i) => get(view, i * size)),
});
const integers = (size: number, get: (view: DataView, at: number) => number): Dtype => ({
  size,
  decode: (view) => Int32Array.from({ length: view.byteLength / size }, (_, i) => get(view, i * size)),
});
/** A block whose bytes are those of the typed array (every platform that the backend runs on is little-endian). */
const verbatim = (view: DataView) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength) as ArrayBuffer;

/** F16, BF16 and F64 become float32; small integers and booleans int32; 64-bit integers int32 where they fit. */
const dtypes: Readonly<Record<string, Dtype>> = {
  F32: { size: 4, decode: (view) => new Float32Array(verbatim(view)) },
  I32: { size: 4, decode: (view) => new Int32Array(verbatim(view)) },
  F64: floats(8, (view, at) => view.getFloat64(at, true)),
  F16: { size: 2, decode: decodeHalves },
  BF16: floats(2, (view, at) => bfloatToNumber(view.getUint16(at, true))),
  I16: integers(2, (view, at) => view.getInt16(at, true)),
  U16: integers(2, (view, at) => view.getUint16(at, true)),
  I8: integers(1, (view, at) => view.getInt8(at)),
  U8: integers(1, (view, at) => view.getUint8(at)),
  BOOL: integers(1, (view, at) => view.getUint8(at)),
  I64: { size: 8, decode: decodeInt64 },
};

/**
 * The bytes of a safetensors file: 8 bytes header length, JSON header, then the arrays one after another.
 *
 * Equal arrays give equal bytes, those that the Python package writes too: float32 before int32, each in the order of names.
 * Format: https://huggingface.co/docs/safetensors, section "Format".
 *
 * @param metadata text that travels in the header as `__metadata__`
 * @throws LifelongError `data` when an array's length is not that of its shape
 */
export function formatSafetensors(
  arrays: Readonly<Record<string, NamedArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const isInteger = ({ data }: NamedArray) => Number(data instanceof Int32Array);
  const named = Object.entries(arrays).sort(([a, x], [b, y]) => isInteger(x) - isInteger(y) || (a < b ? -1 : 1));
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  const blocks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of named) {
    if (product(shape) !== data.length) {
      throw new LifelongError(
        'data',
        `array ${name}: ${product(shape)} numbers expected for shape [${shape.join(', ')}], found ${data.length}`,
      );
    }
    const end = offset + data.byteLength;
    entries.push([name, { dtype: data instanceof Int32Array ? 'I32' : 'F32', shape, data_offsets: [offset, end] }]);
    blocks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  return Buffer.concat([header, ...blocks]);
}

/**
 * The arrays in the bytes of a safetensors file, as float32 or int32 (see the table of dtypes above).
 *
 * @param where what to call the file in errors
 * @throws LifelongError `data` for a truncated or damaged file, or a dtype that cannot be read, naming the array
 */
export function parseSafetensors(bytes: Uint8Array, where: string): Safetensors {
  const { header, start } = parseHeader(bytes, where);
  const { __metadata__: metadata = {}, ...tensors } = header;
  if (!isTexts(metadata)) throw damaged(where, `texts by name as __metadata__ expected, found ${shown(metadata)}`);
  refuseReservedKeys(Object.keys(tensors), where);
  const entries = Object.entries(tensors).map(([name, value]) => [name, parseEntry(value, name, where)] as const);
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let offset = 0;
  for (const [name, { begin, end }] of entries) {
    if (begin !== offset) throw damaged(where, `array ${name}: data from byte ${offset} expected, found ${begin}`);
    offset = end;
  }
  if (start + offset !== bytes.length) throw damaged(where, `${start + offset} bytes expected, ${bytes.length} found`);
  const arrays: Record<string, NamedArray> = {};
  for (const [name, { dtype, shape, begin, end }] of entries) {
    const { size, decode } = (Object.hasOwn(dtypes, dtype) ? dtypes[dtype] : undefined) ?? unknownDtype(where, name, dtype);
    const expected = product(shape) * size;
    if (end - begin !== expected) {
      throw damaged(where, `array ${name}: ${expected} bytes expected for ${dtype} [${shape.join(', ')}], ${end - begin} found`);
    }
    arrays[name] = {
      shape,
      data: decode(new DataView(bytes.buffer, bytes.byteOffset + start + begin, expected), `${where}: array ${name}`),
    };
  }
  return { arrays, metadata };
}

/**
 * Reads a safetensors file.
 *
 * @throws LifelongError `data` when the file is missing, truncated, damaged or of a dtype that cannot be read
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new LifelongError('data', `${path}: a safetensors file expected, found none that can be read`, 'check the path', { cause });
  });
  return parseSafetensors(bytes, path);
}

/** Bytes: a limit of the format itself. */
const longestHeader = 100_000_000;

function parseHeader(bytes: Uint8Array, where: string): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw damaged(where, `8 bytes or more expected, ${bytes.length} found`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > longestHeader) throw damaged(where, `a safetensors header expected, found none`);
  const start = 8 + length;
  if (start > bytes.length) throw damaged(where, `${start} bytes or more expected, ${bytes.length} found`);
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return { header: header as Record<string, unknown>, start };
  } catch (cause) {
    throw damaged(where, 'a JSON header expected, found text that is none', cause);
  }
  throw damaged(where, 'a JSON object as header expected, found something else');
}

function parseEntry(value: unknown, name: string, where: string): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Record<string, unknown>>;
  const [begin, end] = isSizes(offsets) ? offsets : [];
  if (
    typeof dtype !== 'string' ||
    !isSizes(shape) ||
    shape.length > inputLimits.axes ||
    begin === undefined ||
    end === undefined ||
    end < begin
  ) {
    throw damaged(where, `array ${name}: dtype, shape and data_offsets expected, found ${shown(value)}`);
  }
  return { dtype, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function decodeInt64(view: DataView, name: string): Int32Array {
  return Int32Array.from({ length: view.byteLength / 8 }, (_, i) => {
    const value = view.getBigInt64(i * 8, true);
    if (BigInt.asIntN(32, value) !== value) throw new LifelongError('data', `${name}: integers of 32 bits expected, found ${value}`);
    return Number(value);
  });
}

const scratch = new DataView(new ArrayBuffer(4));
function bfloatToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

function unknownDtype(where: string, name: string, dtype: string): never {
  throw new LifelongError('data', `${where}: array ${name}: dtype ${Object.keys(dtypes).join(', ')} expected, found ${dtype}`);
}

function damaged(where: string, what: string, cause?: unknown): LifelongError {
  return new LifelongError('data', `${where}: ${what}`, 'the file is truncated or damaged; fetch or write it again', { cause });
}
