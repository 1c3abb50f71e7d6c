import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { logMel } from '../../../src/data/audio/log-mel.js';
import { powerSpectrum } from '../../../src/data/audio/spectrum.js';
import { whisperSound } from '../../support/whisper-sound.js';

interface Sampled {
  readonly shape: readonly number[];
  readonly at: readonly number[];
  readonly values: readonly number[];
}
const { mel } = JSON.parse(readFileSync(fileURLToPath(new URL('../../fixtures/whisper/whisper.json', import.meta.url)), 'utf8')) as {
  mel: Sampled;
};

describe('logMel', () => {
  it("is Whisper's, as NumPy computes it", () => {
    const found = logMel(whisperSound());
    expect(found.length).toBe(100 * 80);
    // values are at most 1.5, and are rounded to float32 once: 2^-23
    mel.at.forEach((place, i) => expect(Math.abs((found[place] ?? NaN) - (mel.values[i] ?? NaN)), `place ${place}`).toBeLessThan(2e-7));
  });

  it('of a sound ten times as strong is 2/4 higher everywhere', () => {
    const sound = whisperSound();
    const [plain, strong] = [logMel(sound.map((sample) => sample / 10)), logMel(sound)];
    // log10 of 100, over 4; what lies at the floor of 1e-10 in the weaker one would not be, so a loud sound
    plain.forEach((value, i) => expect(Math.abs((strong[i] ?? NaN) - value - 0.5)).toBeLessThan(1e-5));
  });

  it('spans no more than 2 from its highest place, and has a frame for every 160 samples', () => {
    fc.assert(
      fc.property(fc.integer({ min: 201, max: 4000 }), fc.integer({ min: 1, max: 1000 }), (length, seed) => {
        const found = logMel(Float32Array.from({ length }, (_, i) => Math.sin(seed * i * i)));
        expect(found.length).toBe(80 * Math.floor(length / 160));
        const [low, high] = [found.reduce((a, b) => Math.min(a, b)), found.reduce((a, b) => Math.max(a, b))];
        expect(high - low).toBeLessThanOrEqual(2 + 1e-6);
      }),
      { numRuns: 50 },
    );
  });
});

describe('powerSpectrum', () => {
  it.each([400, 25, 24, 2])('of %i samples is what the definition gives', (length) => {
    const frame = Float64Array.from({ length }, (_, i) => Math.sin(i * i) + 0.3);
    const power = new Float64Array(Math.floor(length / 2) + 1);
    powerSpectrum(length)(frame, power);
    for (let k = 0; k < power.length; k++) {
      const turn = (i: number) => (2 * Math.PI * k * i) / length;
      const [re, im] = [
        frame.reduce((sum, x, i) => sum + x * Math.cos(turn(i)), 0),
        frame.reduce((sum, x, i) => sum - x * Math.sin(turn(i)), 0),
      ];
      // sums of `length` doubles of about 1
      expect(Math.abs((power[k] ?? NaN) - (re * re + im * im))).toBeLessThan(1e-9 * length);
    }
  });
});
