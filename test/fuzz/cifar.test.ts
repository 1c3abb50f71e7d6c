import fc from 'fast-check';
import { it } from 'vitest';
import { readCifar } from '../../src/data/formats/cifar.js';
import { givenFolder } from './given-folder.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = givenFolder();
const record = (labels: readonly number[], value: number) => Buffer.concat([Buffer.from(labels), Buffer.alloc(3072, value)]);
const ten = Buffer.concat(Array.from({ length: 6 }, (_, i) => record([i % 2], i)));
const hundred = Buffer.concat(Array.from({ length: 6 }, (_, i) => record([i % 2, i % 3], i)));
const names = 'cat\ndog\nfish\n';

it('O7, O8: CIFAR', patience, async () => {
  const files = fc.record({
    labelBytes: fc.constantFrom<1 | 2>(1, 2),
    bytes: mutated([ten, hundred]),
    names: fc.option(mutated([names], ['\n', '\u2028', 'cat'])),
    test: fc.constantFrom(0, 0.2, 1),
  });
  await onlyClearErrors(
    files,
    ({ labelBytes, bytes, names: text, test }) => {
      const named = text === null ? {} : { names: folder.put('names.txt', text), coarseNames: folder.put('coarse.txt', text) };
      return readCifar('fuzzed', { train: [folder.put('train.bin', bytes)], test, labelBytes, label: labelBytes - 1, ...named });
    },
    { count: 600 },
  );
  folder.expectUntouched();
});
