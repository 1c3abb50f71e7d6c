import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadExtractor } from '../../src/features/registry.js';

const image = (shape: readonly number[], inputs: Float32Array) => ({ shape, inputs, labels: new Int32Array(1) });

describe('pixels', () => {
  it('averages areas', async () => {
    const pixels = await loadExtractor('pixels');
    const side = 28;
    const inputs = Float32Array.from({ length: side * side }, (_, i) => (i % side) / side + Math.floor(i / side));
    const features = await pixels.extract(image([side, side, 1], inputs));
    expect(pixels.size([side, side, 1])).toBe(196);
    expect(features.length).toBe(196);
    // Rows 2 and 3, columns 4 and 5.
    expect(features[14 + 2]).toBeCloseTo(2.5 + 4.5 / side, 6);
  });

  it('counts parts of pixels as parts', async () => {
    const pixels = await loadExtractor('pixels');
    // 21 = 1.5 * 14: the first place covers pixel 0 and half of pixel 1, the second the other half and pixel 2.
    const inputs = new Float32Array(21 * 21);
    for (let y = 0; y < 21; y++) inputs.set([3, 6, 9], y * 21);
    const features = await pixels.extract(image([21, 21, 1], inputs));
    expect(features[0]).toBeCloseTo((3 + 3) / 1.5, 6);
    expect(features[1]).toBeCloseTo((3 + 9) / 1.5, 6);
    expect(features[2]).toBe(0);
  });

  it('leaves a 14 x 14 colour image as it is', async () => {
    const pixels = await loadExtractor('pixels');
    const inputs = Float32Array.from({ length: 14 * 14 * 3 }, (_, i) => Math.fround(Math.sin(i)));
    expect(await pixels.extract(image([14, 14, 3], inputs))).toEqual(inputs);
  });

  it('keeps the mean and the range, whatever the size', async () => {
    const pixels = await loadExtractor('pixels');
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(1, 3),
        fc.integer(),
        async (height, width, channels, seed) => {
          const inputs = Float32Array.from({ length: 2 * height * width * channels }, (_, i) => Math.abs(Math.sin(seed + i * i)));
          const features = await pixels.extract({ shape: [height, width, channels], inputs, labels: new Int32Array(2) });
          expect(features.length).toBe(2 * pixels.size([height, width, channels]));
          const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
          for (const half of [0, 1]) {
            const part = (values: Float32Array) => values.subarray((half * values.length) / 2, ((half + 1) * values.length) / 2);
            expect(mean(part(features))).toBeCloseTo(mean(part(inputs)), 5);
          }
          expect(Math.max(...features)).toBeLessThanOrEqual(1 + 1e-6);
          expect(Math.min(...features)).toBeGreaterThanOrEqual(-1e-6);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses vectors', async () => {
    const pixels = await loadExtractor('pixels');
    expect(() => pixels.size([12])).toThrow(/images \[height, width, channels\] expected, found inputs \[12\]/);
  });
});

describe('vector', () => {
  it('is the input itself', async () => {
    const vector = await loadExtractor('vector');
    expect(vector.size([3])).toBe(3);
    expect(await vector.extract(image([3], Float32Array.of(1, 2, 3)))).toEqual(Float32Array.of(1, 2, 3));
  });

  it('standardizes columns, constant ones too', async () => {
    const vector = await loadExtractor('vector', { normalization: { mean: [1, 2, 3], std: [2, 4, 0] } });
    const features = await vector.extract(image([3], Float32Array.of(3, 2, 3, 1, 6, 4)));
    expect(features).toEqual(Float32Array.of(1, 0, 0, 0, 1, 1));
    expect(() => vector.size([4])).toThrow(/3 columns expected, as the statistics have, found 4/);
  });

  it('refuses images', async () => {
    const vector = await loadExtractor('vector');
    expect(() => vector.size([8, 8, 1])).toThrow(/vectors \[length\] expected/);
  });
});

describe('loadExtractor', () => {
  it('names the nearest for a typing error', async () => {
    await expect(loadExtractor('pixel')).rejects.toMatchObject({ code: 'config', hint: 'did you mean pixels?' });
    await expect(loadExtractor('constructor')).rejects.toMatchObject({ code: 'config' });
  });
});
