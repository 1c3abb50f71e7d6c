import { zipSync } from 'fflate';
import fc from 'fast-check';
import { it } from 'vitest';
import { npyInputs, npyTable } from '../../src/data/formats/npy-table.js';
import { readNpy, readNpz } from '../../src/data/formats/npy.js';
import { npy } from '../faults/files.js';
import { givenFolder } from './given-folder.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = givenFolder();
const arrays = [
  npy('<f4', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)),
  npy('<f8', [2, 3], Float64Array.of(1, 2, 3, 4, 5, NaN)),
  npy(
    '|u1',
    [2, 2, 2, 1],
    Uint8Array.from({ length: 8 }, (_, i) => i),
  ),
  npy('|b1', [4], Uint8Array.of(0, 1, 2, 0)),
  npy('<i8', [3], BigInt64Array.of(1n, -2n, 3n)),
  npy('<u4', [2], Uint32Array.of(1, 2 ** 32 - 1)),
  npy('<U3', [2], Uint32Array.of(0x63, 0x61, 0x74, 0x1f600, 0, 0)),
];
const words = ['(', ')', ',', '-5', '1e9', '99999999999', '0,', "'", '<U99999999', '<f8', '|O', 'True', '\n', "'shape': ("];

it('O7, O8: NPY', patience, async () => {
  const read = async (content: Uint8Array) => {
    const array = await readNpy(folder.put('array.npy', content));
    npyTable(array, { shape: [array.shape[0] ?? 0], data: new Int32Array(array.shape[0] ?? 0), integers: true }, 'array');
    npyInputs(array, 'array');
  };
  await onlyClearErrors(mutated(arrays, words), read, { count: 1500 });
  folder.expectUntouched();
});

it('O7, O8: NPZ', patience, async () => {
  const [x = new Uint8Array(), , , , y = new Uint8Array()] = arrays;
  const archives = [zipSync({ 'x.npy': x, 'y.npy': y }), zipSync({ x, y }, { level: 0 }), zipSync({ x: Buffer.alloc(100_000) })];
  const packed = fc.oneof(
    mutated(archives),
    mutated(arrays, words).map((array) => zipSync({ 'x.npy': array, 'y.npy': y })),
  );
  await onlyClearErrors(packed, (content) => readNpz(folder.put('arrays.npz', content)), { count: 1000 });
  folder.expectUntouched();
});
