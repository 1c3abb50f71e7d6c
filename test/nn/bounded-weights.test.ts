import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf } from '../../src/nn/backend.js';
import { hasBounds, readBounded, withinBounds } from '../../src/nn/bounded-weights.js';
import { initialValues, layoutOf } from '../../src/nn/layout.js';

describe('weights with bounds', () => {
  const layout = layoutOf([
    { name: 'a', shape: [2], initial: { value: 1 } },
    { name: 'u', shape: [3], initial: { within: [0, 1.5] } },
    { name: 'b', shape: [1, 2], initial: { fanIn: 2 } },
  ]);

  it('begin between 0 and 1, and come back to the nearer bound; others, and what follows, go their own way', () => {
    expect(hasBounds(layout)).toBe(true);
    expect(hasBounds(layoutOf(layout.weights.slice(0, 1)))).toBe(false);
    const begun = initialValues(layout, random(1)).subarray(2, 5);
    expect(begun.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(begun).size).toBe(3);
    const found = tf.tidy(() => withinBounds(layout, tf.tensor1d([-9, 9, -0.5, 0.25, 7, -9, 9, 8])));
    expect(Array.from(found.dataSync())).toEqual([-9, 9, 0, 0.25, 1.5, -9, 9, 8]);
  });

  it('are refused from a file that has others', () => {
    const flat = Float32Array.of(1, 1, 0, 1.5, 0.5, 0, 0);
    expect(readBounded(layout, flat, 'expert e0')).toBe(flat);
    for (const wrong of [-0.5, 2, NaN]) {
      flat[3] = wrong;
      expect(() => readBounded(layout, flat, 'expert e0')).toThrow(`expert e0: weight u between 0 and 1.500 expected, found ${wrong}`);
    }
  });
});
