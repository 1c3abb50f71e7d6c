import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random, type Random } from '../../../src/core/random.js';
import type { Examples } from '../../../src/core/task.js';
import { augment } from '../../../src/data/images/augment.js';

const image: Examples = { shape: [2, 3, 1], inputs: Float32Array.of(1, 2, 3, 4, 5, 6), labels: Int32Array.of(0) };

/** Draws that are given, in order. */
function draws(...values: number[]): Random {
  const next = () => values.shift() ?? 0;
  return { uniform: next, integer: next, normal: next, permutation: () => new Int32Array(0) };
}

describe('augment', () => {
  it('crops a window of the padded image', () => {
    const crop = [{ kind: 'crop', padding: 1 }] as const;
    const at = (top: number, left: number) => Array.from(augment(image, crop, draws(top, left)).inputs);
    expect(at(1, 1)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(at(0, 0)).toEqual([0, 0, 0, 0, 1, 2]);
    expect(at(2, 2)).toEqual([5, 6, 0, 0, 0, 0]);
    expect(at(0, 2)).toEqual([0, 0, 0, 2, 3, 0]);
  });

  it('flips left to right below one half, channels kept together', () => {
    const colour: Examples = { shape: [1, 2, 3], inputs: Float32Array.of(1, 2, 3, 4, 5, 6), labels: Int32Array.of(0) };
    expect(Array.from(augment(colour, [{ kind: 'flip' }], draws(0.49)).inputs)).toEqual([4, 5, 6, 1, 2, 3]);
    expect(Array.from(augment(colour, [{ kind: 'flip' }], draws(0.5)).inputs)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('adds one brightness to a whole image and stays in [0, 1]', () => {
    const grey: Examples = { shape: [1, 3, 1], inputs: Float32Array.of(0.125, 0.5, 0.875), labels: Int32Array.of(0) };
    expect(Array.from(augment(grey, [{ kind: 'brightness', delta: 0.5 }], draws(0.75)).inputs)).toEqual([0.375, 0.75, 1]);
    expect(Array.from(augment(grey, [{ kind: 'brightness', delta: 0.5 }], draws(0.25)).inputs)).toEqual([0, 0.25, 0.625]);
  });

  it('leaves the examples given as they are, and draws the same for the same seed', () => {
    const all = [{ kind: 'crop', padding: 1 }, { kind: 'flip' }, { kind: 'brightness', delta: 0.25 }] as const;
    const once = augment(image, all, random(1, 'a'));
    expect(Array.from(image.inputs)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(augment(image, all, random(1, 'a')).inputs).toEqual(once.inputs);
  });

  it('a crop larger than the image is zeros', () => {
    const cut = augment(image, [{ kind: 'crop', padding: 9 }], draws(0, 0));
    expect(Array.from(cut.inputs)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('refuses vectors', () => {
    const vector: Examples = { shape: [2], inputs: Float32Array.of(1, 2), labels: Int32Array.of(0) };
    expect(() => augment(vector, [{ kind: 'flip' }], random(0))).toThrow(
      /images \[height, width, channels\] expected, found examples of shape \[2\]/,
    );
  });

  it('crop and flip only move values or drop them', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }));
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 4 }), fc.integer(), (shape, padding, seed) => {
        const inputs = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => i + 1);
        const changed = augment({ shape, inputs, labels: Int32Array.of(0) }, [{ kind: 'crop', padding }, { kind: 'flip' }], random(seed));
        const kept = Array.from(changed.inputs).filter((value) => value !== 0);
        expect(new Set(kept).size).toBe(kept.length);
        expect(kept.every((value) => inputs.includes(value))).toBe(true);
      }),
    );
  });
});
