import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNoises } from '../../../src/data/audio/noises.js';
import { readRecording } from '../../../src/data/audio/recording.js';
import { soundCopy, type SoundChanges } from '../../../src/data/audio/sound-copy.js';
import { writeFiles } from '../../faults/picture-files.js';
import { tone, wav } from '../../support/wav-files.js';
import { tempFolder } from '../temp-folder.js';

const late = new Float32Array(16_000);
late.set(tone(500, 0.2), 12_000);
const at = writeFiles(tempFolder(), {
  'short.wav': wav([tone(200, 0.5)]),
  'long.wav': wav([Float32Array.from({ length: 32_000 }, (_, i) => (i + 1) / 40_000)]),
  'noises/hiss.wav': wav([tone(3000, 0.3)]),
  'noises/late.wav': wav([late]),
});
const names = Array.from({ length: 200 }, (_, i) => `r${i}.wav`);
const power = (samples: Float32Array) => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
const decibels = (ratio: number) => 10 * Math.log10(ratio);

async function heard(changes: SoundChanges, name: string, { file = 'short.wav', seed = 0, number = 0 } = {}) {
  const copy = soundCopy(changes, seed, number);
  const recording = await readRecording(join(at, file), 16_000, (own) => copy.delay(name, own, 16_000));
  await copy.change(recording, name);
  return recording;
}

describe('a copy of a recording', () => {
  it('is louder or softer by what is drawn evenly', async () => {
    const { samples } = await readRecording(join(at, 'short.wav'), 16_000);
    const gains = [];
    for (const name of names) gains.push(decibels(power((await heard({ gain: [-6, 6] }, name)).samples) / power(samples)));
    expect(Math.min(...gains)).toBeGreaterThan(-6.001);
    expect(Math.max(...gains)).toBeLessThan(6.001);
    expect([Math.min(...gains) < -5.5, Math.max(...gains) > 5.5]).toEqual([true, true]);
    // the mean of 200 even draws of ±6 has a deviation of 0.24
    expect(Math.abs(gains.reduce((sum, gain) => sum + gain, 0) / gains.length)).toBeLessThan(1);
  });

  it('is later or earlier, and at least half of it is heard', async () => {
    const own = await Promise.all(names.map(async (name) => (await heard({ shift: 0.9 }, name)).own));
    const starts = own.map((samples) => samples.byteOffset / 4);
    const lengths = own.map((samples) => samples.length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(4000);
    expect(Math.max(...lengths)).toBe(8000);
    expect(starts.some((start) => start > 10_000)).toBe(true);
    expect(lengths.some((length, i) => length < 8000 && starts[i] === 0)).toBe(true);
  });

  it('of a long recording has what the recording has at that time, not silence, where it is earlier', async () => {
    const { samples: whole } = await readRecording(join(at, 'long.wav'), 32_000);
    for (const name of names.slice(0, 40)) {
      const { samples } = await heard({ shift: 0.3 }, name, { file: 'long.wav' });
      const delay = soundCopy({ shift: 0.3 }, 0, 0).delay(name, 16_000, 16_000);
      expect(samples[8000]).toBe(whole[8000 - delay]);
      if (delay < 0) expect(samples[15_999]).toBe(whole[15_999 - delay]);
    }
  });

  it.each([[-5], [0], [10]])('is %i dB stronger than the noise in it, silence of noises left out', async (snr) => {
    const sounds = await openNoises(join(at, 'noises'), 'augment.0.noise');
    expect(sounds.files.length).toBe(2);
    const { samples, own } = await readRecording(join(at, 'short.wav'), 16_000);
    for (const name of names.slice(0, 40)) {
      const noisy = await heard({ noise: { sounds, snr: [snr, snr] } }, name);
      // of float32 samples, whose sum with the recording is rounded once
      expect(decibels(power(own) / power(noisy.samples.map((sample, i) => sample - (samples[i] ?? NaN))))).toBeCloseTo(snr, 3);
    }
  });

  it('is the same whatever else is drawn, and another by its number, its name or the seed', async () => {
    const shift = soundCopy({ shift: 0.1 }, 0, 0);
    expect(soundCopy({ shift: 0.1, gain: [-6, 6] }, 0, 0).delay('a', 8000, 16_000)).toBe(shift.delay('a', 8000, 16_000));
    const others = [
      shift.delay('b', 8000, 16_000),
      soundCopy({ shift: 0.1 }, 1, 0).delay('a', 8000, 16_000),
      soundCopy({ shift: 0.1 }, 0, 1).delay('a', 8000, 16_000),
    ];
    expect(others).not.toContain(shift.delay('a', 8000, 16_000));
    const [one, again] = [await heard({ gain: [-6, 6] }, 'a'), await heard({ gain: [-6, 6] }, 'a')];
    expect(one.samples).toEqual(again.samples);
  });
});
