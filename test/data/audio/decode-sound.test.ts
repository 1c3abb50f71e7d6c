import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeSound } from '../../../src/data/audio/decode-sound.js';
import { soundOf } from '../../../src/data/audio/recording.js';

/*
 * test/fixtures/sounds: `sweep.wav` (16 kHz, 16 bits, 0.2 s from 200 to 1,500 Hz) and `stereo.wav` (22.05 kHz, 24 bits, two channels that are much alike) were written by Python's wave; the others are made of
 * them by `flac -8 --no-padding` (1.4), `flac --ogg`, `oggenc -q 3` (vorbis-tools 1.4) and `opusenc --bitrate 96` (opus-tools 0.1).
 */
const folder = join(import.meta.dirname, '../../fixtures/sounds');
const file = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
const decoded = (name: string) => decodeSound(file(name), name, 30);
const damaged = (name: string, share: number) => {
  const bytes = file(name);
  const at = Math.floor(bytes.length * share);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  return bytes;
};

describe('FLAC', () => {
  it.each(['sweep', 'stereo'])('%s: has the samples of the WAV file, bit for bit', async (name) => {
    const [flac, wav] = [await decoded(`${name}.flac`), await decoded(`${name}.wav`)];
    expect(flac).toEqual(wav);
    expect(flac.samples.length).toBeGreaterThan(1000);
  });

  it.each([0.5, 0.7, 0.9, 0.999])('cut off at %d of its bytes, or damaged there, is refused', async (share) => {
    const bytes = file('sweep.flac');
    await expect(decodeSound(bytes.subarray(0, Math.floor(bytes.length * share)), 'a.flac', 30)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(
        /^a\.flac: a FLAC recording that is whole expected, found one that is damaged or cut off at 0\.\d{3} s$/,
      ) as string,
      hint: 'copy the file again',
    });
    await expect(decodeSound(damaged('sweep.flac', share), 'a.flac', 30)).rejects.toThrow('a.flac: a FLAC recording that is whole');
  });

  it('cut off in its header, or longer than is taken, is refused', async () => {
    await expect(decodeSound(file('sweep.flac').subarray(0, 30), 'a.flac', 30)).rejects.toThrow(
      'a.flac: a FLAC header expected, found other bytes',
    );
    await expect(decodeSound(file('sweep.flac').subarray(0, 42), 'a.flac', 30)).rejects.toThrow(
      'a.flac: sound behind the FLAC header expected, found none',
    );
    await expect(decodeSound(file('sweep.flac'), 'a.flac', 0.1)).rejects.toThrow('a.flac: at most 0.1 s expected, found 0.2 s');
  });
});

describe('Ogg', () => {
  it.each([
    ['sweep.ogg', 16_000, 0.99],
    ['sweep.opus', 48_000, 0.98],
  ])('%s: is near the WAV file, and as long', async (name, rate, least) => {
    expect((await decoded(name)).rate).toBe(rate);
    const [{ samples: a }, { samples: b }] = [await soundOf(file(name), name), await soundOf(file('sweep.wav'), 'sweep.wav')];
    expect(a.length).toBe(b.length);
    const product = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
    expect(product(a, b) / Math.sqrt(product(a, a) * product(b, b))).toBeGreaterThan(least);
  });

  it.each(['sweep.ogg', 'sweep.opus'])('%s: cut off or damaged anywhere, it is refused', async (name) => {
    const bytes = file(name);
    for (const share of [0.1, 0.4, 0.8, 0.99]) {
      await expect(decodeSound(bytes.subarray(0, Math.floor(bytes.length * share)), 'a.ogg', 30)).rejects.toMatchObject({
        message: 'a.ogg: an Ogg recording that is whole expected, found one that is cut off',
        hint: 'copy the file again',
      });
      await expect(decodeSound(damaged(name, share), 'a.ogg', 30)).rejects.toThrow(
        /^a\.ogg: an Ogg recording that is whole expected, found one that is (damaged behind byte \d+|cut off)$/,
      );
    }
  });

  it('of several sounds, longer than is taken or with another codec, is refused', async () => {
    const bytes = file('sweep.ogg');
    await expect(decodeSound(Buffer.concat([bytes, bytes]), 'a.ogg', 30)).rejects.toThrow(
      'a.ogg: an Ogg file with one sound expected, found more behind it',
    );
    await expect(decodeSound(bytes, 'a.ogg', 0.1)).rejects.toThrow('a.ogg: at most 0.1 s expected, found 0.2 s');
    await expect(decodeSound(file('flac.oga'), 'a.oga', 30)).rejects.toMatchObject({
      message: 'a.oga: Vorbis or Opus in an Ogg file expected, found FLAC',
      hint: 'save the recording as WAV or FLAC',
    });
  });
});
