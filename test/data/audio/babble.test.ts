import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mixing } from '../../../src/data/audio/babble.js';
import { writeFiles } from '../../faults/picture-files.js';
import { tone, wav } from '../../support/wav-files.js';
import { tempFolder } from '../temp-folder.js';

const at = writeFiles(tempFolder(), Object.fromEntries([500, 700, 900, 1100].map((hertz) => [`${hertz}.wav`, wav([tone(hertz, 0.3)])])));
const paths = [500, 700, 900, 1100].map((hertz) => join(at, `${hertz}.wav`));

const recording = () => {
  const samples = new Float32Array(16_000);
  samples.set(tone(200, 0.5));
  return { samples, own: samples.subarray(0, 8000), changes: [] };
};
const power = (samples: Float32Array) => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;

async function mixed(name: string, snr: number, voices = 3, seed = 0) {
  const found = recording();
  await mixing({ paths, voices, snr, seed })(found, name);
  return found.samples;
}
const minus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value - (b[i] ?? NaN));

describe('babble', () => {
  it.each([-5, 0, 5, 10, 20])('is %i dB weaker than the recording itself, and goes on behind it', async (snr) => {
    const { samples } = recording();
    const noise = minus(await mixed('a', snr), samples);
    // of float32 samples, whose sum with the recording is rounded once
    expect(10 * Math.log10(power(samples.subarray(0, 8000)) / power(noise))).toBeCloseTo(snr, 3);
    expect(power(noise.subarray(8000))).toBeGreaterThan(0.2 * power(noise));
  });

  it('is left out where a voice is silent, and leaves the recording as it is', async () => {
    const late = new Float32Array(64_000);
    late.set(tone(500, 0.1));
    const silent = writeFiles(tempFolder(), { 'late.wav': wav([late]) });
    const names = Array.from({ length: 8 }, (_, i) => String(i));
    const found = await Promise.all(
      names.map(async (name) => {
        const one = recording();
        await mixing({ paths: [join(silent, 'late.wav')], voices: 1, snr: 0, seed: 0 })(one, name);
        return one.samples;
      }),
    );
    expect(found.every((samples) => samples.every(Number.isFinite))).toBe(true);
    expect(found.some((samples) => samples.every((sample, i) => sample === recording().samples[i]))).toBe(true);
  });

  it('is always the same for a recording, and another for another or by another seed', async () => {
    const [first, again] = [await mixed('a', 0), await mixed('a', 0)];
    expect(again).toEqual(first);
    expect(await mixed('b', 0)).not.toEqual(first);
    expect(await mixed('a', 0, 3, 1)).not.toEqual(first);
  });
});
