import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputChange } from '../../../src/data/change-inputs.js';
import { addNoise, blur, changeContrast, paintBackground } from '../../../src/data/images/corrupt.js';
import { resize } from '../../../src/data/images/resize.js';

function apply(change: InputChange, shape: number[], values: number[], position = 0): number[] {
  const output = new Float32Array(change.shape(shape).reduce((product, size) => product * size, 1));
  change.apply(Float32Array.from(values), output, shape, position);
  return Array.from(output);
}

const round = (values: number[]) => values.map((value) => Math.round(value * 1e5) / 1e5);

describe('resize', () => {
  it('averages areas where an image shrinks, parts of pixels included', () => {
    expect(apply(resize([1, 2], undefined), [2, 4, 1], [1, 2, 3, 4, 5, 6, 7, 8])).toEqual([3.5, 5.5]);
    expect(round(apply(resize([1, 2], undefined), [1, 3, 1], [0, 3, 6]))).toEqual([1, 5]); // (0 + 3/2) / 1.5 and (3/2 + 6) / 1.5
  });

  it('is linear between pixel centres where an image grows', () => {
    expect(apply(resize([1, 4], undefined), [1, 2, 1], [0, 4])).toEqual([0, 1, 3, 4]);
  });

  it('repeats one channel, mixes three by luminance, leaves alpha out', () => {
    expect(apply(resize(undefined, 3), [1, 2, 1], [1, 2])).toEqual([1, 1, 1, 2, 2, 2]);
    expect(round(apply(resize(undefined, 1), [1, 1, 3], [1, 0.5, 0]))).toEqual([0.5925]);
    expect(apply(resize(undefined, 3), [1, 1, 4], [1, 2, 3, 9])).toEqual([1, 2, 3]);
  });

  it('keeps constants and the range of values, whatever the sizes', () => {
    const side = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 81, maxLength: 81 }),
        (h, w, toH, toW, values) => {
          const change = resize([toH, toW], undefined);
          const result = apply(change, [h, w, 1], values.slice(0, h * w));
          expect(Math.min(...result)).toBeGreaterThanOrEqual(Math.min(...values.slice(0, h * w)) - 1e-6);
          expect(Math.max(...result)).toBeLessThanOrEqual(Math.max(...values.slice(0, h * w)) + 1e-6);
        },
      ),
    );
  });

  it('refuses vectors and five channels, with both shapes', () => {
    expect(() => resize([8, 8], 3).shape([64])).toThrow(/can become \[8, 8, 3\] expected, found examples of shape \[64\]/);
    expect(() => resize(undefined, 3).shape([8, 8, 5])).toThrow(/can become \[any, any, 3\] expected, found examples of shape \[8, 8, 5\]/);
  });
});

describe('corruptions', () => {
  it('noise is the same for an example and differs between examples', () => {
    const grey = Array<number>(400).fill(0.5);
    const once = apply(addNoise(0.1, 0), [20, 20, 1], grey, 3);
    expect(apply(addNoise(0.1, 0), [20, 20, 1], grey, 3)).toEqual(once);
    expect(apply(addNoise(0.1, 0), [20, 20, 1], grey, 4)).not.toEqual(once);
    const deviation = Math.sqrt(once.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / 400);
    expect(Math.abs(deviation - 0.1)).toBeLessThan(0.011); // three standard errors of 400 draws
  });

  it('contrast about the mean, within [0, 1]', () => {
    expect(round(apply(changeContrast(0.5), [1, 2, 1], [0.2, 0.6]))).toEqual([0.3, 0.5]);
    expect(apply(changeContrast(9), [1, 2, 1], [0.2, 0.6])).toEqual([0, 1]);
    expect(round(apply(changeContrast(0), [1, 2, 1], [0.2, 0.6]))).toEqual([0.4, 0.4]);
  });

  it('blur spreads a point evenly and keeps constants', () => {
    const point = Array<number>(49).fill(0);
    point[24] = 1;
    const spread = apply(blur(0.5), [7, 7, 1], point);
    expect(spread.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect([spread[17], spread[23], spread[25]]).toEqual(Array(3).fill(spread[31]));
    const bell = [Math.exp(-2 * 4), Math.exp(-2), 1]; // at distance 2, 1, 0 with deviation 1/2
    const total = 2 * ((bell[0] ?? 0) + (bell[1] ?? 0)) + 1;
    expect(spread[24]).toBeCloseTo(1 / total ** 2, 6);
    expect(round(apply(blur(1), [3, 3, 1], Array<number>(9).fill(0.25)))).toEqual(Array(9).fill(0.25));
  });

  it('paints the background of white-on-black images', () => {
    expect(apply(paintBackground([1, 0, 0.5]), [1, 2, 3], [0, 0, 0, 1, 1, 1])).toEqual([1, 0, 0.5, 1, 1, 1]);
    expect(() => paintBackground([1, 0, 0]).shape([2, 2, 1])).toThrow(/images of 3 channels expected/);
  });
});
