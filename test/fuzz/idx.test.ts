import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { it } from 'vitest';
import { readIdxDataset } from '../../src/data/formats/idx-dataset.js';
import { givenFolder } from './given-folder.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = givenFolder();
const idx = (shape: readonly number[], values: readonly number[]) =>
  Buffer.from([0, 0, 8, shape.length, ...shape.flatMap((side) => [0, 0, side >> 8, side & 255]), ...values]);
const images = idx(
  [12, 3, 2],
  Array.from({ length: 72 }, (_, i) => i),
);
const labels = idx(
  [12],
  Array.from({ length: 12 }, (_, i) => i % 3),
);

it('O7, O8: IDX, plain and gzip', patience, async () => {
  const pair = fc.tuple(mutated([images, gzipSync(images), gzipSync(Buffer.alloc(50_000))]), mutated([labels, gzipSync(labels)]));
  const read = ([changedImages, changedLabels]: readonly [Uint8Array, Uint8Array]) => {
    const train = [folder.put('images', changedImages), folder.put('labels', changedLabels)] as const;
    const test = [folder.put('test-images', images), folder.put('test-labels', labels)] as const;
    return readIdxDataset('fuzzed', { train, test }, 10_000);
  };
  await onlyClearErrors(pair, read, { count: 1000 });
  folder.expectUntouched();
});
