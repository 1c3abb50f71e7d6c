import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGenotype, imageOperations, parseGenotype, vectorOperations, type Edge, type Genotype } from '../../src/core/genotype.js';

const cell = (operations: readonly Edge[0][]) =>
  fc.tuple(...Array.from({ length: 8 }, (_, i) => fc.tuple(fc.constantFrom(...operations), fc.nat(1 + Math.floor(i / 2))))) as fc.Arbitrary<
    Edge[]
  >;

const genotypes: fc.Arbitrary<Genotype> = fc.constantFrom(imageOperations, vectorOperations).chain((operations) =>
  fc.record({
    normal: cell(operations),
    reduce: cell(operations),
    normalConcat: fc.constant([2, 3, 4, 5]),
    reduceConcat: fc.constant([2, 3, 4, 5]),
  }),
);

describe('genotype text', () => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(genotypes, (genotype) => {
        expect(parseGenotype(formatGenotype(genotype))).toEqual(genotype);
      }),
    );
  });

  it.each([
    '',
    'normal skip_connect<0 >2 | reduce',
    'normal teleport<0 >2 | reduce skip_connect<0 >2',
    'normal skip_connect<5 >2 | reduce skip_connect<0 >2',
  ])('refuses "%s"', (text) => expect(() => parseGenotype(text)).toThrow(/genotype/));
});
