import { describe, expect, it } from 'vitest';
import { resample } from '../../../src/data/audio/resample.js';

const sine = (hertz: number, rate: number, count = rate) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hertz * i) / rate));

/** Largest difference but near the ends, beyond which there is silence. */
const difference = (a: Float32Array, b: Float32Array) =>
  a.subarray(200, -200).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[200 + i] ?? NaN))), 0);

describe('resample', () => {
  it.each([8000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000])('%i to 16,000: a sine stays that sine', (rate) => {
    for (const hertz of [50, 440, 3000]) {
      const found = resample(sine(hertz, rate), rate, 16_000);
      expect(found.length).toBe(16_000);
      // 100 dB below, and sums of some hundred products in float32
      expect(difference(found, sine(hertz, 16_000)), `${hertz} Hz`).toBeLessThan(3e-5);
    }
  });

  it('48,000 to 16,000: what 16,000 samples cannot hold is gone, not folded down', () => {
    for (const hertz of [9000, 12_000, 20_000]) {
      expect(difference(resample(sine(hertz, 48_000), 48_000, 16_000), new Float32Array(16_000)), `${hertz} Hz`).toBeLessThan(3e-5);
    }
  });

  it('keeps what has the rate already, and the constant', () => {
    const sound = sine(440, 16_000);
    expect(resample(sound, 16_000, 16_000)).toBe(sound);
    const level = resample(new Float32Array(8000).fill(0.5), 8000, 16_000);
    expect(difference(level, new Float32Array(16_000).fill(0.5))).toBeLessThan(1e-6);
  });

  it('takes any rate, and sounds of any length', () => {
    expect(resample(sine(100, 4001, 10), 4001, 16_000).length).toBe(40);
    expect(resample(new Float32Array(0), 8000, 16_000).length).toBe(0);
    expect(resample(Float32Array.of(1), 8000, 16_000).length).toBe(2);
  });
});
