import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeInputs, type InputChange } from '../../src/data/change-inputs.js';
import { arraySplit } from '../../src/data/array-split.js';
import { permute } from '../../src/data/permute.js';
import { rotate } from '../../src/data/images/rotate.js';

async function changed(change: InputChange, shape: number[], values: number[]): Promise<number[]> {
  const split = changeInputs(arraySplit(shape, Float32Array.from(values), Int32Array.of(0)), change);
  return Array.from((await split.read(Int32Array.of(0))).inputs);
}

describe('permute', () => {
  it('is a bijection of pixels that keeps channels together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), fc.integer(), async (height, width, seed) => {
        const values = Array.from({ length: height * width * 3 }, (_, i) => i);
        const result = await changed(permute(seed, 1), [height, width, 3], values);
        const pixels = Array.from({ length: height * width }, (_, p) => result.slice(3 * p, 3 * p + 3));
        expect(pixels.every(([r = -1, g, b]) => r % 3 === 0 && g === r + 1 && b === r + 2)).toBe(true);
        expect(result.toSorted((a, b) => a - b)).toEqual(values);
      }),
    );
  });

  it('differs between tasks and seeds, and stays the same for one', async () => {
    const values = Array.from({ length: 50 }, (_, i) => i);
    const one = await changed(permute(0, 1), [50], values);
    expect(await changed(permute(0, 1), [50], values)).toEqual(one);
    expect(await changed(permute(0, 2), [50], values)).not.toEqual(one);
    expect(await changed(permute(1, 1), [50], values)).not.toEqual(one);
  });
});

describe('rotate', () => {
  it('turns counter-clockwise, exactly for quarter turns', async () => {
    expect(await changed(rotate(90), [2, 2, 1], [1, 2, 3, 4])).toEqual([2, 4, 1, 3]);
    expect(await changed(rotate(180), [2, 2, 1], [1, 2, 3, 4])).toEqual([4, 3, 2, 1]);
    expect(await changed(rotate(90), [3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([3, 6, 9, 2, 5, 8, 1, 4, 7]);
    expect(await changed(rotate(0), [2, 3, 1], [1, 2, 3, 4, 5, 6])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('mixes neighbours and takes zeros from outside', async () => {
    const corner = Math.SQRT1_2;
    const [top, right, bottom] = await changed(rotate(45), [1, 3, 1], [1, 2, 4]);
    expect(right).toBe(2);
    // left pixel (dx = -1) comes from a place sin 45 above the only row, so only (1 - sin) of what the row has there counts
    expect(top).toBeCloseTo((1 - corner) * (corner * 1 + (1 - corner) * 2), 6);
    expect(bottom).toBeCloseTo((1 - corner) * (corner * 4 + (1 - corner) * 2), 6);
  });

  it('refuses vectors', () => {
    expect(() => rotate(10).shape([4])).toThrow(/images \[height, width, channels\] expected/);
  });
});
