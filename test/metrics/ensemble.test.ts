import { describe, expect, it } from 'vitest';
import { measureSpread } from '../../src/metrics/ensemble.js';

const logits = (...rows: number[][]) => Float32Array.from(rows.flat(), Math.log);
const entropy = (...p: number[]) => -p.reduce((sum, value) => sum + value * Math.log(value), 0);

describe('measureSpread', () => {
  it('gives the hand-computed values of one example and three members', () => {
    const spread = measureSpread(logits([0.8, 0.2], [0.6, 0.4], [0.1, 0.9]), 3, 2);
    expect(spread?.disagreement).toBeCloseTo(2 / 3, 12); // of three pairs the two with the third member
    const each = (entropy(0.8, 0.2) + entropy(0.6, 0.4) + entropy(0.1, 0.9)) / 3;
    expect(spread?.mutualInformation).toBeCloseTo(entropy(0.5, 0.5) - each, 6);
  });

  it('is the mean over examples', () => {
    const [one, other] = [
      [
        [0.9, 0.1],
        [0.2, 0.8],
      ],
      [
        [0.7, 0.3],
        [0.6, 0.4],
      ],
    ] as const;
    const of = (...rows: (readonly number[])[]) => measureSpread(logits(...rows.map((row) => [...row])), 2, 2);
    const both = of(...one, ...other);
    expect(both?.disagreement).toBe(0.5);
    expect(both?.mutualInformation).toBeCloseTo(
      ((of(...one)?.mutualInformation ?? NaN) + (of(...other)?.mutualInformation ?? NaN)) / 2,
      12,
    );
  });

  it('is 0 for members that are alike, and ln K where each is sure of another class', () => {
    const alike = measureSpread(logits([0.7, 0.3], [0.7, 0.3]), 2, 2);
    expect(alike?.disagreement).toBe(0);
    expect(alike?.mutualInformation).toBeCloseTo(0, 7);
    const apart = measureSpread(Float32Array.of(100, 0, 0, 0, 100, 0, 0, 0, 100), 3, 3);
    expect(apart?.disagreement).toBe(1);
    expect(apart?.mutualInformation).toBeCloseTo(Math.log(3), 12);
  });

  it('is not measured without examples or with scores that are not finite', () => {
    expect(measureSpread(new Float32Array(0), 2, 2)).toBeNull();
    expect(measureSpread(Float32Array.of(NaN, 0, 0, 0), 2, 2)).toBeNull();
  });
});
