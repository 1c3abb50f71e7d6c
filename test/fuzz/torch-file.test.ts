import fc from 'fast-check';
import { it } from 'vitest';
import { readPickle } from '../../src/backbones/pickle.js';
import { parseTorchFile } from '../../src/backbones/torch-file.js';
import { torchFile } from '../faults/torch-file.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const files = [torchFile({ shape: [2, 2], strides: [2, 1] }), torchFile({ shape: [3], strides: [1], offset: 1 })];
const opcodes = Array.from('().}]NKMJXcqrhjtQRsuebl\x80\x85\x86\x88\x89\x8a');
const words = [...opcodes, 'K\x00', 'X\x01\0\0\0w', 'h\x00', ']q\x00h\x00a', 'ctorch\nFloatStorage\n', 'ccollections\nOrderedDict\n'];

it('O7, O8: files of PyTorch', patience, async () => {
  await onlyClearErrors(mutated(files, words), (bytes) => parseTorchFile(bytes, 'weights.pth'), { count: 4000 });
});

it('O7: pickles of random opcodes', patience, async () => {
  const pickle = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => Buffer.from(`${parts.join('')}.`, 'latin1'));
  const reader = { where: 'weights.pth', call: () => [], persistent: () => 'storage' };
  await onlyClearErrors(pickle, (bytes) => readPickle(bytes, 0, reader), { count: 4000 });
});
