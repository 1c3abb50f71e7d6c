import type { NamedArray } from '../core/snapshot.js';
import { fingerprint } from './fingerprint.js';

/** sha256 in hex of named arrays: of names, types, shapes and values, whatever the order of the names. */
export function hashArrays(arrays: Readonly<Record<string, NamedArray>>): string {
  const parts = Object.keys(arrays)
    .sort()
    .flatMap((name) => {
      const { shape, data } = arrays[name] as NamedArray;
      const type = data instanceof Int32Array ? 'int32' : 'float32';
      return [JSON.stringify([name, type, shape]), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
    });
  return fingerprint(...parts);
}
