import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy, readNpz } from '../../../src/data/formats/npy.js';
import { npyTable } from '../../../src/data/formats/npy-table.js';
import { tempFolder } from '../temp-folder.js';

const folder = tempFolder();
let files = 0;

function write(bytes: Uint8Array): string {
  const path = join(folder, `array-${files++}.npy`);
  writeFileSync(path, bytes);
  return path;
}

/** A version 1 file. */
function npy(descr: string, shape: string, data: Uint8Array, order = 'False'): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`.padEnd(117) + '\n';
  return Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, 118, 0]), Buffer.from(header), data]);
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** numpy.savez_compressed(x_train [2, 3, 4] float32, y_train int64, x_test uint8, y_test of strings) of NumPy 2. */
const saved =
  'UEsDBC0AAAAIAAAAIQAykyzL//////////8LABQAeF90cmFpbi5ucHkBABAA4AAAAAAAAACVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59f' +
  'lJIKEndLzClOBYoXZyQWpAL5GkY6CsY6CiaaOgq1CuQBLgYgWL1Ky3b1qlW2QKYdkG0XGhpqx8DQAKSnAvmrgOwDQPZVIPsVkM1gv3oVl31oqKg9A4MCkK0FZJsC2Q5Athe' +
  'QHQpkJwDZWUB2qT0AUEsDBC0AAAAIAAAAIQDgks68//////////8LABQAeV90cmFpbi5ucHkBABAAkAAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6Taa' +
  'Guo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC52Bgj4DwUAUEsDBC0AAAAIAAAAIQDrm56x//////////8KABQAeF90ZXN0Lm5weQEAEACMAAAAA' +
  'AAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgXlNqqK6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjoKxjoKJpo6CrUK5AEuBiQAAFBLAwQtAAAACAAA' +
  'ACEAyLE+bP//////////CgAUAHlfdGVzdC5ucHkBABAAiAAAAAAAAABLAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG4Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYo' +
  'XZyQWpAL5GkY6mjoKtQoUAK6XDAwMSUAMAFBLAQItAy0AAAAIAAAAIQAykyzLlQAAAOAAAAALAAAAAAAAAAAAAACAAQAAAAB4X3RyYWluLm5weVBLAQItAy0AAAAIAAAAIQ' +
  'Dgks68SgAAAJAAAAALAAAAAAAAAAAAAACAAdIAAAB5X3RyYWluLm5weVBLAQItAy0AAAAIAAAAIQDrm56xTAAAAIwAAAAKAAAAAAAAAAAAAACAAVkBAAB4X3Rlc3QubnB5U' +
  'EsBAi0DLQAAAAgAAAAhAMixPmxLAAAAiAAAAAoAAAAAAAAAAAAAAIAB4QEAAHlfdGVzdC5ucHlQSwUGAAAAAAQABADiAAAAaAIAAAAA';

describe('readNpy', () => {
  it.each([
    ['<f4', Float32Array.of(1.5, -2), [1.5, -2]],
    ['<f8', Float64Array.of(1.5, -2), [1.5, -2]],
    ['|u1', Uint8Array.of(1, 255), [1, 255]],
    ['|i1', Int8Array.of(-1, 5), [-1, 5]],
    ['<i2', Int16Array.of(-300, 5), [-300, 5]],
    ['<u2', Uint16Array.of(60_000, 5), [60_000, 5]],
    ['<i4', Int32Array.of(-70_000, 5), [-70_000, 5]],
    ['<i8', BigInt64Array.of(-7n, 5n), [-7, 5]],
  ])('reads %s', async (descr, array, expected) => {
    const { shape, data } = await readNpy(write(npy(descr, '2,', bytesOf(array))));
    expect([shape, Array.from<string | number>(data)]).toEqual([[2], expected]);
  });

  it.each([
    ['big-endian numbers', npy('>f4', '1,', new Uint8Array(4)), /dtype .*<f4.* expected, found >f4/],
    ['complex numbers', npy('<c8', '1,', new Uint8Array(8)), /found <c8/],
    ['pickled objects', npy('|O', '1,', new Uint8Array(8)), /found \|O/],
    ['Fortran order', npy('<f4', '1, 1', new Uint8Array(4), 'True'), /row-major order expected/],
    ['data cut off', npy('<f4', '2, 3', new Uint8Array(20)), /24 bytes expected for \[2, 3\] of <f4, found 20/],
    ['another format', Buffer.from('not an array'), /NPY array expected/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(readNpy(write(bytes))).rejects.toMatchObject({ code: 'data', message: expect.stringMatching(message) as string });
  });
});

describe('readNpz', () => {
  it('reads what NumPy writes', async () => {
    const arrays = await readNpz(write(Buffer.from(saved, 'base64')));
    expect([...arrays.keys()]).toEqual(['x_train', 'y_train', 'x_test', 'y_test']);
    expect(arrays.get('x_train')?.shape).toEqual([2, 3, 4]);
    expect(arrays.get('x_train')?.data[23]).toBe(Math.fround(23 / 24));
    expect(Array.from(arrays.get('y_train')?.data as Int32Array)).toEqual([7, -1]);
    expect(arrays.get('x_test')?.data).toBeInstanceOf(Uint8Array);
    expect(arrays.get('y_test')).toEqual({ shape: [2], data: ['é', 'b'] });
  });

  it('names the nearest array, and refuses what is no zip', async () => {
    const wanted = readNpz(write(Buffer.from(saved, 'base64')), () => ['x_trian']);
    await expect(wanted).rejects.toMatchObject({
      message: expect.stringMatching(/array "x_trian" expected, found x_train, y_train, x_test, y_test$/) as string,
      hint: 'did you mean x_train?',
    });
    await expect(readNpz(write(Buffer.from('nothing like a zip file at all')))).rejects.toMatchObject({ code: 'data' });
  });
});

describe('npyTable', () => {
  const labels = { shape: [2], data: Int32Array.of(1, 0) };

  it('makes grey images of two dimensions', () => {
    expect(npyTable({ shape: [2, 2, 2], data: new Uint8Array(8) }, labels, 'a').shape).toEqual([2, 2, 1]);
    expect(npyTable({ shape: [2, 5], data: new Float32Array(10) }, labels, 'a').shape).toEqual([5]);
  });

  it.each([
    [
      'other counts',
      { shape: [3, 1], data: new Float32Array(3) },
      labels,
      /one label for each of 3 inputs expected, found labels of shape \[2\]/,
    ],
    ['inputs without features', { shape: [2], data: new Float32Array(2) }, labels, /inputs of shape \[n, …\] expected, found \[2\]/],
    [
      'fractions as labels',
      { shape: [2, 1], data: new Float32Array(2) },
      { shape: [2], data: new Float32Array(2) },
      /integers or strings expected as labels, found Float32Array/,
    ],
    ['strings as inputs', { shape: [2, 1], data: ['a', 'b'] }, labels, /numbers expected as inputs, found strings/],
  ])('refuses %s', (_, inputs, given, message) => {
    expect(() => npyTable(inputs, given, 'a')).toThrow(message);
  });
});
