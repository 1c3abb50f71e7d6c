import { readTextLines } from '../data/text/text-lines.js';
import type { DomainKind } from './domain.js';

/**
 * Texts as ids of tokens `[length]`, int32: 0 behind the end, and negative in the second text of a pair. What the ids stand for is in the vocabulary that a task's reading names.
 */
export const text: DomainKind = {
  inputs: 'texts as int32 ids of tokens [length]',
  accepts: ({ shape, dtype }) => shape.length === 1 && dtype === 'int32',
  features: 'minilm',
  padded: true,
  range: null,
  augment: null,
  files: {
    name: 'a .txt file with a text a line',
    recognizes: (path) => Promise.resolve(path.endsWith('.txt')),
    read: (path, input, { reading }) => readTextLines(path, input, reading),
  },
  drawSheet: null,
  doubts: () => [],
};
