import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NamedArray } from '../../../src/core/snapshot.js';
import { formatSafetensors, parseSafetensors, readSafetensors } from '../../../src/data/formats/safetensors.js';

/** A file with this header and these data, whatever they say. */
function file(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const one = (dtype: string, shape: number[], data: Uint8Array) => file({ x: { dtype, shape, data_offsets: [0, data.length] } }, data);
const read = (dtype: string, shape: number[], data: Uint8Array) => parseSafetensors(one(dtype, shape, data), 'f').arrays['x']?.data;
const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe('formatSafetensors', () => {
  it('writes the bytes that the Python package writes', () => {
    // safetensors 0.8.0: safetensors.numpy.save({"a": np.array([1, 2], np.int32), "b": np.array([[0.5]], np.float32)})
    const header = '{"b":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"a":{"dtype":"I32","shape":[2],"data_offsets":[4,12]}}  ';
    const python = `p\0\0\0\0\0\0\0${header}\0\0\0?\x01\0\0\0\x02\0\0\0`;
    const arrays = { b: { shape: [1, 1], data: Float32Array.of(0.5) }, a: { shape: [2], data: Int32Array.of(1, 2) } };
    expect(Buffer.from(formatSafetensors(arrays)).toString('latin1')).toBe(python);
  });

  /** The format's own name, and those that are refused because JavaScript gives them a meaning. */
  const reserved = new Set(['__metadata__', '__proto__', 'constructor', 'prototype']);

  it('gives back any arrays, bit for bit', () => {
    const array = fc.oneof(fc.float32Array(), fc.int32Array()).map((data): NamedArray => ({ shape: [data.length], data }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), array), fc.dictionary(fc.string(), fc.string()), (arrays, metadata) => {
        fc.pre(Object.keys(arrays).every((name) => !reserved.has(name)));
        const found = parseSafetensors(formatSafetensors(arrays, metadata), 'f');
        expect(found.metadata).toEqual(metadata);
        expect(Object.keys(found.arrays).sort()).toEqual(Object.keys(arrays).sort());
        for (const [name, { data }] of Object.entries(arrays)) {
          const back = found.arrays[name]?.data ?? new Float32Array();
          expect(back.constructor).toBe(data.constructor);
          expect(Buffer.from(bytes(back)).equals(bytes(data))).toBe(true);
        }
      }),
    );
  });

  it('does not depend on the order of names and starts the data at a multiple of 8', () => {
    const x = { shape: [1], data: Float32Array.of(1) };
    const y = { shape: [], data: Int32Array.of(2) };
    expect(formatSafetensors({ x, y })).toEqual(formatSafetensors({ y, x }));
    expect((8 + Number(Buffer.from(formatSafetensors({ x, y })).readBigUInt64LE())) % 8).toBe(0);
  });

  it('refuses an array whose length is not that of its shape', () => {
    expect(() => formatSafetensors({ k: { shape: [2, 3], data: new Float32Array(5) } })).toThrow(
      'array k: 6 numbers expected for shape [2, 3], found 5',
    );
  });
});

describe('parseSafetensors', () => {
  it.each([
    ['F64', bytes(Float64Array.of(1.5, -2)), Float32Array.of(1.5, -2)],
    ['F16', bytes(Uint16Array.of(0x3c00, 0xc001, 0x0001, 0x7c00, 0x8000)), Float32Array.of(1, -2 - 2 ** -9, 2 ** -24, Infinity, -0)],
    ['BF16', bytes(Uint16Array.of(0x3f80, 0xc040)), Float32Array.of(1, -3)],
    ['U8', bytes(Uint8Array.of(0, 255)), Int32Array.of(0, 255)],
    ['I8', bytes(Int8Array.of(-128, 127)), Int32Array.of(-128, 127)],
    ['I16', bytes(Int16Array.of(-2, 3)), Int32Array.of(-2, 3)],
    ['U16', bytes(Uint16Array.of(65535)), Int32Array.of(65535)],
    ['BOOL', bytes(Uint8Array.of(1, 0)), Int32Array.of(1, 0)],
    ['I64', bytes(BigInt64Array.of(-5n, 2147483647n)), Int32Array.of(-5, 2147483647)],
  ])('reads %s', (dtype, data, expected) => {
    expect(read(dtype, [expected.length], data)).toEqual(expected);
  });

  it.each<[string, Uint8Array, string]>([
    ['no header', Uint8Array.of(1, 2), 'f: 8 bytes or more expected, 2 found'],
    ['a header that is cut', one('F32', [1], new Uint8Array(4)).subarray(0, 20), 'f: 62 bytes or more expected, 20 found'],
    ['text', new TextEncoder().encode('hello world, this is text'), 'f: a safetensors header expected, found none'],
    ['a header that is no JSON', file('{"x":'), 'f: a JSON header expected, found text that is none'],
    ['a header that is a list', file([]), 'f: a JSON object as header expected, found something else'],
    ['data that are cut', one('F32', [2], new Uint8Array(8)).subarray(0, -3), 'f: 70 bytes expected, 67 found'],
    ['data behind the end', Buffer.concat([one('F32', [2], new Uint8Array(8)), Buffer.alloc(1)]), 'f: 70 bytes expected, 71 found'],
    ['a shape of another size', one('F32', [3], new Uint8Array(8)), 'f: array x: 12 bytes expected for F32 [3], 8 found'],
    [
      'a gap',
      file({ x: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, new Uint8Array(2)),
      'f: array x: data from byte 0 expected, found 1',
    ],
    ['an unknown dtype', one('F8_E4M3', [1], new Uint8Array(1)), 'BOOL, I64 expected, found F8_E4M3'],
    [
      'a large integer',
      one('I64', [1], bytes(BigInt64Array.of(2n ** 40n))),
      'f: array x: integers of 32 bits expected, found 1099511627776',
    ],
    [
      'a negative shape',
      one('U8', [-1], new Uint8Array(1)),
      'f: array x: dtype, shape and data_offsets expected, found {"dtype":"U8","shape":[-1]',
    ],
    ['an entry that is none', file({ x: null }), 'f: array x: dtype, shape and data_offsets expected, found null'],
  ])('refuses %s', (_, content, message) => {
    expect(() => parseSafetensors(content, 'f')).toThrow(message);
  });

  it('reads an array that does not start at a multiple of its size', () => {
    const arrays = {
      a: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      b: { dtype: 'F32', shape: [1], data_offsets: [1, 5] },
    };
    const data = Buffer.concat([Uint8Array.of(7), bytes(Float32Array.of(2.5))]);
    expect(parseSafetensors(file(arrays, data), 'f').arrays['b']?.data).toEqual(Float32Array.of(2.5));
  });
});

describe('readSafetensors', () => {
  it('reads a file, and names one that is missing or cut', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'lifelong-safetensors-')), 'weights.safetensors');
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'data', message: expect.stringContaining(path) as string });
    const content = formatSafetensors({ x: { shape: [2], data: Float32Array.of(1, 2) } }, { made: 'here' });
    await writeFile(path, content);
    expect(await readSafetensors(path)).toEqual({ arrays: { x: { shape: [2], data: Float32Array.of(1, 2) } }, metadata: { made: 'here' } });
    await writeFile(path, content.subarray(0, -4));
    await expect(readSafetensors(path)).rejects.toThrow(`${path}: ${content.length} bytes expected, ${content.length - 4} found`);
  });
});
