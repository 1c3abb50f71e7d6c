import { LifelongError } from '../core/errors.js';
import { refuseReservedKeys } from '../core/reserved-keys.js';
import type { NamedArray } from '../core/snapshot.js';
import { decodeHalves } from '../data/formats/float16.js';

/** How numbers of a type, by its code, become ours. */
const types: Readonly<Record<number, { readonly size: number; readonly decode: (view: DataView) => Float32Array | Int32Array }>> = {
  0: { size: 4, decode: (view) => Float32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true)) },
  1: { size: 1, decode: (view) => Int32Array.from({ length: view.byteLength }, (_, i) => view.getInt8(i)) },
  2: { size: 2, decode: (view) => Int32Array.from({ length: view.byteLength / 2 }, (_, i) => view.getInt16(2 * i, true)) },
  3: { size: 4, decode: (view) => Int32Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(4 * i, true)) },
  4: { size: 2, decode: decodeHalves },
};

/** Of the format, as this reader knows it. */
const version = 6;

/** Most axes of an array. */
const mostAxes = 8;

/** Whether a file that begins so is a model of CTranslate2: its version, then a name that ends in Spec. */
export function isCTranslate2(bytes: Uint8Array): boolean {
  if (bytes.length < 6) return false;
  const end = 6 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(4, true);
  return end < 70 && bytes.length > end && /^\w+Spec\0$/.test(Buffer.from(bytes.subarray(6, end)).toString('latin1'));
}

/**
 * Reads the model.bin of a CTranslate2 model, version 6: after version, name and revision the arrays, each with its name, axes, type and bytes. Halves become float32; int8 stays as it is, without its
 * scale: quantized models are not for this reader.
 *
 * @param where names the file in errors
 * @throws LifelongError `data` for a file that is damaged, of another version or of a type that is not known
 */
export function parseCTranslate2(bytes: Uint8Array, where: string): Record<string, NamedArray> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number): number => {
    if (at + count > bytes.length) throw damaged(where, `${at + count} bytes or more expected, found ${bytes.length}`);
    at += count;
    return at - count;
  };
  const text = () => {
    const length = view.getUint16(take(2), true);
    return Buffer.from(bytes.subarray(take(length), at))
      .toString('latin1')
      .replace(/\0$/, '');
  };
  const found = view.getUint32(take(4), true);
  if (found !== version) throw damaged(where, `version ${version} of the format expected, found ${found}`);
  text();
  take(4);
  const count = view.getUint32(take(4), true);
  const arrays: Record<string, NamedArray> = {};
  for (let i = 0; i < count; i++) {
    const name = text();
    refuseReservedKeys([name], where);
    const axes = view.getUint8(take(1));
    if (axes > mostAxes) throw damaged(where, `array ${name}: at most ${mostAxes} axes expected, found ${axes}`);
    const shape = Array.from({ length: axes }, () => view.getUint32(take(4), true));
    const code = view.getUint8(take(1));
    const length = view.getUint32(take(4), true);
    const type = types[code];
    if (!type) throw damaged(where, `array ${name}: numbers of type 0 to 4 expected, found type ${code}`);
    const expected = shape.reduce((product, size) => product * size, type.size);
    if (length !== expected) throw damaged(where, `array ${name}: ${expected} bytes expected for [${shape.join(', ')}], found ${length}`);
    arrays[name] = { shape, data: type.decode(new DataView(bytes.buffer, bytes.byteOffset + take(length), length)) };
  }
  return arrays;
}

const damaged = (where: string, message: string) =>
  new LifelongError('data', `${where}: ${message}`, 'the file is damaged, or of another kind: fetch it again, or name a safetensors file');
