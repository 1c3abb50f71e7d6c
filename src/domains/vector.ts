import type { DomainKind } from './domain.js';

/** Vectors `[length]` in units of their own, such as rows of a table; as int32 whatever their owner's experts make of them. */
export const vector: DomainKind = {
  inputs: 'vectors [length]',
  accepts: ({ shape }) => shape.length === 1,
  features: 'vector',
  padded: false,
  range: null,
  augment: null,
  files: null,
  drawSheet: null,
  doubts: () => [],
};
