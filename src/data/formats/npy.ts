import { LifelongError, nearestName } from '../../core/errors.js';
import { refuseReservedKeys } from '../../core/reserved-keys.js';
import { readBytes } from '../files.js';
import { inputLimits } from '../input-limits.js';
import { openZip } from './zip.js';

/** A NumPy array. */
export interface Npy {
  readonly shape: readonly number[];
  /** Bytes are a Uint8Array, and nothing else is. Integers that 32 bits do not hold are a Float64Array. */
  readonly data: Float32Array | Float64Array | Uint8Array | Int32Array | readonly string[];
  /** Whether the file says that the numbers are integers or booleans. */
  readonly integers?: boolean;
}

/**
 * Reads a `.npy` file (format versions 1 to 3), little-endian and row-major.
 *
 * @throws LifelongError `data` when the file is damaged or of a type that is not read
 */
export async function readNpy(path: string): Promise<Npy> {
  return parseNpy(await readBytes(path), path);
}

/**
 * Arrays of a `.npz` file, by name. Others in it are not unpacked, so they may be whatever NumPy can save.
 *
 * @param choose which of the names are read; all by default
 * @param maxUnpackedBytes what these arrays together may unpack to
 * @throws LifelongError `data`, also for a name that is not there, comes twice, or that JavaScript reserves; `config` for a file that unpacks to more
 */
export async function readNpz(
  path: string,
  choose: (names: readonly string[]) => readonly string[] = (names) => names,
  maxUnpackedBytes?: number,
): Promise<ReadonlyMap<string, Npy>> {
  const archive = openZip(await readBytes(path), path);
  const names = archive.names.map(arrayName);
  refuseReservedKeys(names, path);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new LifelongError('data', `${path}: one array "${name}" expected, found several`, 'save each under a name of its own');
    seen.add(name);
  }
  const wanted = choose(names);
  const missing = wanted.find((name) => !seen.has(name));
  if (missing !== undefined) {
    const near = nearestName(missing, names);
    throw new LifelongError('data', `${path}: array "${missing}" expected, found ${names.join(', ')}`, near && `did you mean ${near}?`);
  }
  const arrays = new Map<string, Npy>();
  for await (const { name, content } of archive.unzip((file) => wanted.includes(arrayName(file)), maxUnpackedBytes))
    arrays.set(arrayName(name), parseNpy(content, `${path} (${arrayName(name)})`));
  return arrays;
}

const arrayName = (file: string): string => file.replace(/\.npy$/, '');

interface Dtype {
  readonly size: number;
  readonly read: (view: DataView, count: number, path: string) => Npy['data'];
}

const integers = (size: number, get: (view: DataView, at: number) => number): Dtype => ({
  size,
  read: (view, count) => Int32Array.from({ length: count }, (_, i) => get(view, i * size)),
});

/** Integers of up to 64 bits: as doubles where 32 bits do not hold all of them, never rounded. */
const wide = (size: number, get: (view: DataView, at: number) => number | bigint): Dtype => ({
  size,
  read(view, count, path) {
    const values = Float64Array.from({ length: count }, (_, i) => {
      const value = get(view, i * size);
      if (Number.isSafeInteger(Number(value))) return Number(value);
      throw new LifelongError(
        'data',
        `${path}: integers of up to 53 bits expected, found ${value}`,
        'save labels.astype(str), inputs.astype("float32")',
      );
    });
    return values.every((value) => Math.abs(value) < 2 ** 31) ? Int32Array.from(values) : values;
  },
});

const dtypes: Readonly<Record<string, Dtype>> = {
  '|u1': { size: 1, read: (view, count) => new Uint8Array(view.buffer, view.byteOffset, count) },
  '|b1': integers(1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)),
  '|i1': integers(1, (view, at) => view.getInt8(at)),
  '<i2': integers(2, (view, at) => view.getInt16(at, true)),
  '<u2': integers(2, (view, at) => view.getUint16(at, true)),
  '<i4': integers(4, (view, at) => view.getInt32(at, true)),
  '<u4': wide(4, (view, at) => view.getUint32(at, true)),
  '<i8': wide(8, (view, at) => view.getBigInt64(at, true)),
  '<u8': wide(8, (view, at) => view.getBigUint64(at, true)),
  '<f4': { size: 4, read: (view, count) => Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4, true)) },
  '<f8': { size: 8, read: (view, count) => Float64Array.from({ length: count }, (_, i) => view.getFloat64(i * 8, true)) },
};

/** Strings of a fixed number of characters, four bytes each, filled up with zeros. */
function strings(characters: number): Dtype {
  const size = 4 * characters;
  const code = (view: DataView, at: number) => view.getUint32(at, true);
  const text = (view: DataView, start: number, path: string) => {
    let length = characters;
    while (length > 0 && code(view, start + 4 * (length - 1)) === 0) length--; // NumPy fills up with zeros
    let found = '';
    for (let c = 0; c < length; c++) {
      const point = code(view, start + 4 * c);
      if (point > lastCodePoint)
        throw new LifelongError('data', `${path}: characters of Unicode expected, found ${point}`, 'the file is damaged');
      found += String.fromCodePoint(point);
    }
    return found;
  };
  return { size, read: (view, count, path) => Array.from({ length: count }, (_, i) => text(view, i * size, path)) };
}

/** Of Unicode. */
const lastCodePoint = 0x10ffff;

/** Longer headers NumPy does not read either: only types with fields have them. */
const longestHeader = 10_000;

function parseNpy(bytes: Uint8Array, path: string): Npy {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY') {
    throw new LifelongError('data', `${path}: NPY array expected (first bytes 93 "NUMPY")`);
  }
  const [start, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (length > longestHeader)
    throw new LifelongError('data', `${path}: an NPY header of at most ${longestHeader} bytes expected, found one of ${length}`);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = shapeIn(header);
  if (descr === undefined || !shape)
    throw new LifelongError('data', `${path}: NPY header with descr and shape expected, found ${header.trim().slice(0, 80)}`);
  if (/'fortran_order':\s*True/.test(header))
    throw new LifelongError('data', `${path}: row-major order expected, found Fortran order`, 'save numpy.ascontiguousarray(array)');
  const characters = /^<U([1-9]\d*)$/.exec(descr)?.[1];
  const named = Object.hasOwn(dtypes, descr) ? dtypes[descr] : undefined;
  const dtype = characters === undefined ? named : strings(Number(characters));
  if (!dtype) {
    throw new LifelongError(
      'data',
      `${path}: dtype ${Object.keys(dtypes).join(', ')} or <U… expected, found ${descr}`,
      `save array.astype(${betterType(descr)})`,
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const found = bytes.length - start - length;
  if (found !== count * dtype.size)
    throw new LifelongError('data', `${path}: ${count * dtype.size} bytes expected for [${shape.join(', ')}] of ${descr}, found ${found}`);
  const content = new DataView(bytes.buffer, bytes.byteOffset + start + length, found);
  return { shape, data: dtype.read(content, count, path), ...(/^[|<][uib]/.test(descr) && { integers: true }) };
}

/** The shape that a header says; undefined where it says none, or one that no array has. */
function shapeIn(header: string): number[] | undefined {
  const [, sides] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? [];
  const shape = sides
    ?.split(',')
    .filter((side) => side.trim() !== '')
    .map(Number);
  return shape?.every((side) => Number.isSafeInteger(side) && side >= 0) && shape.length <= inputLimits.axes ? shape : undefined;
}

/** A type that is read, for an array of one that is not: texts stay texts, integers integers. */
function betterType(descr: string): string {
  if (/[SOU]/.test(descr)) return 'str';
  return /[ui]\d|[mM]8/.test(descr) ? "'int64'" : "'float32'";
}
