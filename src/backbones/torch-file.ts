import { LifelongError } from '../core/errors.js';
import { refuseReservedKeys } from '../core/reserved-keys.js';
import type { NamedArray } from '../core/snapshot.js';
import { inputLimits } from '../data/input-limits.js';
import { readPickle, type PickleReader } from './pickle.js';

/** First pickle of the format: torch's magic number, as its little-endian bytes. */
const magic = '6cfc9c46f9206aa85019';

/** A stored tensor before its numbers are read. */
interface TensorPlan {
  readonly storage: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areSizes = (value: unknown): value is number[] => Array.isArray(value) && value.length <= inputLimits.axes && value.every(isSize);
const isPlan = (value: unknown): value is TensorPlan => typeof value === 'object' && value !== null && Object.hasOwn(value, 'storage');
const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');
const storageOf = (type = '') => (Object.hasOwn(storages, type) ? storages[type] : undefined);

interface Numbers {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  readonly integer: boolean;
}

/** A tensor that lies inside its storage, which starts at a byte of the file. */
interface StoredTensor extends TensorPlan {
  readonly name: string;
  readonly count: number;
  readonly start: number;
  readonly numbers: Numbers;
}

/** Tied weights share a storage: few of them. */
const mostSharing = 4;

/** Bytes of a number of each storage, and how it is read. */
const storages: Readonly<Record<string, Numbers>> = {
  FloatStorage: { bytes: 4, read: (view, at) => view.getFloat32(at, true), integer: false },
  DoubleStorage: { bytes: 8, read: (view, at) => view.getFloat64(at, true), integer: false },
  LongStorage: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)), integer: true },
};

/**
 * The tensors of a state dict that PyTorch saved before version 1.6: five pickles (magic, version, machine, state dict, storage keys), then the
 * storages one after another, each its length and its numbers.
 *
 * Nothing in the file is executed: the reader knows the few pickle opcodes that such a file holds and the three functions that it names.
 *
 * A tensor has at most as many numbers as its storage, all inside it. Several may share one, but all together have at most four times as many numbers
 * as there are: what is read is never much larger than the file.
 *
 * @param where what to call the file in errors
 * @throws LifelongError `data` for anything else
 */
export function parseTorchFile(bytes: Uint8Array, where: string): Record<string, NamedArray> {
  const bad = (expected: string) => new LifelongError('data', `${where}: a state dict saved by PyTorch expected, found ${expected}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const types = new Map<string, string>();
  const reader: PickleReader = {
    where,
    call(name, parameters) {
      if (name === 'collections OrderedDict') return new Map();
      if (name !== 'torch._utils _rebuild_tensor_v2') throw bad(`a call of ${name}`);
      const [storage, offset, shape, strides] = parameters;
      if (typeof storage !== 'string' || !isSize(offset) || !areSizes(shape) || !areSizes(strides) || strides.length !== shape.length)
        throw bad('a tensor without storage, offset, shape and strides');
      return { storage, offset, shape, strides } satisfies TensorPlan;
    },
    persistent(id) {
      const [, type, key] = Array.isArray(id) ? (id as unknown[]) : [];
      if (typeof type !== 'string' || typeof key !== 'string') throw bad('a storage without type and key');
      types.set(key, type.replace('torch ', ''));
      return key;
    },
  };

  let at = 0;
  const next = (): unknown => {
    const { value, end } = readPickle(bytes, at, reader);
    at = end;
    return value;
  };
  if (next() !== magic) throw bad('another file');
  next();
  next();
  const state = next();
  const keys = next();
  if (!(state instanceof Map) || !areTexts(keys) || !areTexts([...(state as Map<unknown, unknown>).keys()])) throw bad('something else');

  const found = new Map<string, { readonly start: number; readonly count: number }>();
  for (const key of keys) {
    if (at + 8 > bytes.length) throw bad(`an end at byte ${bytes.length}, before storage ${key}`);
    const count = Number(view.getBigInt64(at, true));
    if (!isSize(count)) throw bad(`storage ${key} of ${String(count)} numbers`);
    found.set(key, { start: at + 8, count });
    at += 8 + count * (storageOf(types.get(key))?.bytes ?? 0);
  }
  if (at !== bytes.length) throw bad(`${bytes.length} bytes instead of ${at}`);
  const entries = [...(state as Map<string, unknown>)];
  refuseReservedKeys(
    entries.map(([name]) => name),
    where,
  );
  const tensors = entries.map(([name, plan]) => [name, checked(name, plan)] as const);
  const stored = [...found.values()].reduce((sum, { count }) => sum + count, 0);
  const total = tensors.reduce((sum, [, { count }]) => sum + count, 0);
  if (total > mostSharing * stored) throw bad(`tensors of ${total} numbers over ${stored}`);
  return Object.fromEntries(tensors.map(([name, tensor]) => [name, numbersOf(tensor)]));

  function checked(name: string, plan: unknown): StoredTensor {
    if (!isPlan(plan)) throw bad(`something else than a tensor as ${name}`);
    const { storage, offset, shape, strides } = plan;
    const numbers = storageOf(types.get(storage)) ?? unknownStorage(types.get(storage));
    const { start, count: stored } = found.get(storage) ?? { start: 0, count: 0 };
    const count = shape.reduce((product, side) => product * side, 1);
    const last = shape.reduce((sum, side, axis) => sum + (side - 1) * (strides[axis] ?? 0), offset);
    if (count > stored || (count > 0 && last >= stored)) {
      throw bad(
        `tensor ${name} of shape [${shape.join(', ')}], strides [${strides.join(', ')}] and offset ${offset} over ${stored} numbers`,
      );
    }
    return { ...plan, name, count, start, numbers };
  }

  function numbersOf({ name, offset, shape, strides, count, start, numbers: { bytes: width, read, integer } }: StoredTensor): NamedArray {
    const data = integer ? new Int32Array(count) : new Float32Array(count);
    const index = shape.map(() => 0);
    for (let i = 0; i < count; i++) {
      const place = index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), offset);
      const value = read(view, start + place * width);
      data[i] = value;
      if (integer && data[i] !== value) throw bad(`the integer ${value} in tensor ${name}, which 32 bits do not hold`);
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        index[axis] = (index[axis] ?? 0) + 1;
        if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
        index[axis] = 0;
      }
    }
    return { shape: [...shape], data };
  }

  function unknownStorage(type: string | undefined): never {
    throw bad(`numbers of type ${type ?? 'unknown'}`);
  }
}
