import { unzip } from 'fflate';
import { LifelongError, nearestName } from '../../core/errors.js';
import { refuseReservedKeys } from '../../core/reserved-keys.js';
import { readBytes } from '../files.js';

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
 * @throws LifelongError `data`, also for a name that is not there, comes twice, or that JavaScript reserves
 */
export async function readNpz(
  path: string,
  choose: (names: readonly string[]) => readonly string[] = (names) => names,
): Promise<ReadonlyMap<string, Npy>> {
  const bytes = await readBytes(path);
  const names: string[] = [];
  await unpack(bytes, path, (name) => {
    refuseReservedKeys([name], path);
    if (names.includes(name))
      throw new LifelongError('data', `${path}: one array "${name}" expected, found several`, 'save each under a name of its own');
    names.push(name);
    return false;
  });
  const wanted = choose(names);
  const missing = wanted.find((name) => !names.includes(name));
  if (missing !== undefined) {
    const near = nearestName(missing, names);
    throw new LifelongError('data', `${path}: array "${missing}" expected, found ${names.join(', ')}`, near && `did you mean ${near}?`);
  }
  const files = await unpack(bytes, path, (name) => wanted.includes(name));
  return new Map(Object.entries(files).map(([name, content]) => [arrayName(name), parseNpy(content, `${path} (${arrayName(name)})`)]));
}

function unpack(bytes: Uint8Array, path: string, wanted: (name: string) => boolean): Promise<Record<string, Uint8Array>> {
  return new Promise((resolve, reject) => {
    unzip(bytes, { filter: ({ name }) => wanted(arrayName(name)) }, (error, unpacked) => {
      if (error) reject(new LifelongError('data', `${path}: NPZ file (zip) expected, ${error.message}`, undefined, { cause: error }));
      else resolve(unpacked);
    });
  });
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

/** Strings of a fixed number of characters, four bytes each. */
function strings(characters: number): Dtype {
  const size = 4 * characters;
  const code = (view: DataView, at: number) => view.getUint32(at, true);
  const text = (view: DataView, start: number, path: string) => {
    let length = characters;
    while (length > 0 && code(view, start + 4 * (length - 1)) === 0) length--; // NumPy fills up with zeros
    let found = '';
    for (let c = 0; c < length; c++) {
      const point = code(view, start + 4 * c);
      if (point > 0x10ffff)
        throw new LifelongError('data', `${path}: characters of Unicode expected, found ${point}`, 'the file is damaged');
      found += String.fromCodePoint(point);
    }
    return found;
  };
  return { size, read: (view, count, path) => Array.from({ length: count }, (_, i) => text(view, i * size, path)) };
}

function parseNpy(bytes: Uint8Array, path: string): Npy {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || bytes[0] !== 0x93 || String.fromCharCode(...bytes.subarray(1, 6)) !== 'NUMPY') {
    throw new LifelongError('data', `${path}: NPY array expected (first bytes 93 "NUMPY")`);
  }
  const [start, length] = (bytes[6] ?? 1) === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/
    .exec(header)?.[1]
    ?.split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
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

/** A type that is read, for an array of one that is not: texts stay texts, integers integers. */
function betterType(descr: string): string {
  if (/[SOU]/.test(descr)) return 'str';
  return /[ui]\d|[mM]8/.test(descr) ? "'int64'" : "'float32'";
}
