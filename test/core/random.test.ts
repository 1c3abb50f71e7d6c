import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';

const draw = (seed: number, ...path: (string | number)[]) => {
  const source = random(seed, ...path);
  return Array.from({ length: 8 }, () => source.uniform());
};

describe('random', () => {
  it('gives the same numbers for the same seed and purpose, others for another', () => {
    expect(draw(0, 'a', 1)).toEqual(draw(0, 'a', 1));
    expect(draw(0, 'a', 1)).not.toEqual(draw(1, 'a', 1));
    expect(draw(0, 'a', 1)).not.toEqual(draw(0, 'a', 2));
    expect(draw(0, 'a', 11)).not.toEqual(draw(0, 'a1', 1));
  });

  it('permutes: every index once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer(), (n, seed) => {
        expect([...random(seed, 'p').permutation(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('draws standard normals', () => {
    const source = random(3, 'normal');
    const values = Array.from({ length: 20_000 }, () => source.normal());
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    // Four standard errors of 20,000 draws: 1 / sqrt(20,000) = 0.007 of the mean, sqrt(2 / 20,000) = 0.01 of the variance.
    expect(Math.abs(mean)).toBeLessThan(0.028);
    expect(Math.abs(values.reduce((sum, x) => sum + x * x, 0) / values.length - 1)).toBeLessThan(0.04);
  });
});
