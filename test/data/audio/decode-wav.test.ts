import { describe, expect, it } from 'vitest';
import { decodeWav } from '../../../src/data/audio/decode-wav.js';
import { tone, wav, type WavForm } from '../../support/wav-files.js';

const sound = tone(300, 0.05);
const difference = (a: Float32Array, b: Float32Array) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);

describe('decodeWav', () => {
  it.each<[WavForm, number]>([
    [{ bits: 8 }, 1 / 127],
    [{ bits: 16 }, 2 ** -15],
    [{ bits: 24 }, 2 ** -22],
    [{ bits: 32 }, 2 ** -23],
    [{ bits: 32, float: true }, 0],
    [{ bits: 64, float: true }, 0],
    [{ bits: 24, extensible: true }, 2 ** -22],
    [{ bits: 32, float: true, extensible: true, chunks: { LIST: Buffer.from('INFO about it ') } }, 0],
  ])('reads %j, to a step of its coding', (form, step) => {
    const found = decodeWav(wav([sound], form), 'a.wav');
    expect([found.rate, found.channels, found.samples.length]).toEqual([16_000, 1, sound.length]);
    expect(difference(found.samples, sound)).toBeLessThanOrEqual(step);
  });

  it('averages channels', () => {
    const { samples, channels } = decodeWav(wav([sound, sound.map((sample) => -sample / 2)], { bits: 32, float: true }), 'a.wav');
    expect(channels).toBe(2);
    expect(
      difference(
        samples,
        sound.map((sample) => sample / 4),
      ),
    ).toBeLessThan(1e-7);
  });

  it('reads to the end where the length of the sound is left open, as programs do that write to a pipe', () => {
    for (const open of [0, 0xffffffff]) {
      const file = wav([sound]);
      file.writeUInt32LE(open, file.indexOf('data') + 4);
      expect(decodeWav(file, 'a.wav').samples.length).toBe(sound.length);
    }
  });
});
