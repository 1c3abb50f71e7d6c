import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Backbone, BackbonePass } from '../../src/backbones/backbone.js';
import { loadBackbone } from '../../src/backbones/registry.js';
import type { NamedArray } from '../../src/core/snapshot.js';
import { logMel } from '../../src/data/audio/log-mel.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { loadExtractor } from '../../src/features/registry.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { ctranslate2File } from '../support/ctranslate2-files.js';
import { needing } from '../support/needing.js';
import { tinyWhisper, writeTinyWhisper } from '../support/tiny-whisper.js';
import { fetchedWhisper } from '../support/whisper-files.js';
import { whisperSound } from '../support/whisper-sound.js';

interface Sampled {
  readonly shape: readonly number[];
  readonly at: readonly number[];
  readonly values: readonly number[];
}
const reference = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/whisper/whisper.json', import.meta.url)), 'utf8'),
) as Readonly<{ tiny: Sampled; real: Sampled; tinyPooled: number[]; realPooled: number[] }>;

const { folder, weights } = writeTinyWhisper();
const loaded = loadExtractor(`whisper-tiny:${weights}`);
afterAll(async () => {
  (await loaded).dispose();
});

const spectrogram = logMel(whisperSound());

/** What leaves the last stage, of one spectrogram `[frames, 80]`. */
function hiddenOf(backbone: Backbone, arrays: Readonly<Record<string, NamedArray>>, x: Float32Array): Float32Array {
  const out = tf.tidy(() => {
    const pass: BackbonePass = {
      weight(name) {
        const { data, shape } = arrays[name] ?? expect.fail(name);
        return tf.tensor(data, [...shape]);
      },
      site: (_, y) => y,
      count: () => undefined,
    };
    return backbone.stages.reduce<Tensor>((y, stage) => stage.run(pass, y), tf.tensor3d(x, [1, x.length / 80, 80]));
  });
  const values = out.dataSync<'float32'>().slice();
  out.dispose();
  return values;
}
const differenceAt = (found: Float32Array, { shape, at, values }: Sampled) => {
  expect(found.length).toBe(shape.reduce((product, size) => product * size, 1));
  return at.reduce((most, place, i) => Math.max(most, Math.abs((found[place] ?? NaN) - (values[i] ?? NaN))), 0);
};
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);

/** Spectrograms of 30 frames that differ. */
const examples = (count: number) => ({
  shape: [30, 80],
  inputs: Float32Array.from({ length: count * 30 * 80 }, (_, i) => Math.sin(0.37 * i + Math.floor(i / 2400) ** 2)),
  labels: new Int32Array(count),
});

describe('features of sounds', () => {
  it('are what NumPy computes with the same weights', async () => {
    const { backbone, arrays } = await loadBackbone(`whisper-tiny:${weights}`);
    const x = spectrogram.subarray(0, 60 * 80);
    // hidden states of about 1, behind two layers of sums of some hundred products in float32
    expect(differenceAt(hiddenOf(backbone, arrays, x), reference.tiny)).toBeLessThan(5e-5);
    const extractor = await loaded;
    expect(extractor.size([60, 80])).toBe(128);
    const pooled = await extractor.extract({ shape: [60, 80], inputs: x, labels: new Int32Array(1) });
    expect(largestDifference(pooled, reference.tinyPooled)).toBeLessThan(2e-5);
  });

  it('do not depend on what else is in the batch, nor on its order', async () => {
    const extractor = await loaded;
    const all = examples(150);
    const together = await extractor.extract(all);
    for (const i of [0, 52, 53, 149]) {
      const alone = await extractor.extract({ ...all, inputs: all.inputs.subarray(i * 2400, (i + 1) * 2400), labels: new Int32Array(1) });
      expect(largestDifference(alone, together.subarray(i * 128, (i + 1) * 128))).toBeLessThan(1e-5);
    }
    expect((await extractor.extract(examples(0))).length).toBe(0);
  });

  it('are refused for other inputs and for sounds that are too long', async () => {
    const extractor = await loaded;
    expect(() => extractor.size([61, 80])).toThrow('spectrograms [up to 60 frames, 80] expected, found inputs [61, 80]');
    expect(() => extractor.size([8, 8, 3])).toThrow('found inputs [8, 8, 3]');
  });
});

describe('weights of a Whisper encoder', () => {
  const file = (name: string, content: Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('are the same backbone whatever they are named, and of CTranslate2 in halves nearly so', async () => {
    const plain = await loadBackbone(`whisper-tiny:${weights}`);
    for (const prefix of ['encoder.', '']) {
      const other = await loadBackbone(`whisper-tiny:${file(`x${prefix}.safetensors`, formatSafetensors(tinyWhisper(prefix)))}`);
      expect(hashArrays(other.arrays)).toBe(hashArrays(plain.arrays));
    }
    const halves = await loadBackbone(`whisper-tiny:${file('model.bin', ctranslate2File(tinyWhisper()))}`);
    expect(Object.keys(halves.arrays).sort()).toEqual(Object.keys(plain.arrays).sort());
    for (const [name, { shape, data }] of Object.entries(plain.arrays)) {
      expect([name, halves.arrays[name]?.shape]).toEqual([name, shape]);
      expect(largestDifference(halves.arrays[name]?.data ?? [], data), name).toBeLessThan(2 ** -11 * 1.4); // half a step of halves below 1.4
    }
    expect(plain.backbone).toMatchObject({ name: 'whisper-tiny', domain: 'audio', size: 128, audio: { bands: 80, frames: 60 } });
    expect(plain.backbone.stages.map(({ name }) => name)).toEqual(['convolutions', 'layer0', 'layer1', 'norm']);
    expect((await loadBackbone(weights)).backbone.name).toBe('whisper-tiny');
  });

  it('of another network, or not whole, are refused, naming what is wrong', async () => {
    const part = Object.fromEntries(Object.entries(tinyWhisper()).filter(([name]) => name !== 'model.encoder.layers.1.fc2.bias'));
    await expect(loadBackbone(`whisper-tiny:${file('part.safetensors', formatSafetensors(part))}`)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('a Whisper encoder with model.encoder.layers.1.fc2.bias [128] expected, found none') as string,
    });
    const image = formatSafetensors({ 'conv1/kernel': { shape: [1], data: new Float32Array(1) } });
    await expect(loadBackbone(`whisper-tiny:${file('image.safetensors', image)}`)).rejects.toThrow(
      'a Whisper encoder with model.encoder.conv1.weight [any, 80, 3] expected, found none',
    );
    await expect(loadBackbone(`whisper-tiny:${weights}@64`)).rejects.toThrow(
      'no side behind @ expected, as whisper-tiny is for sounds, found @64',
    );
    const cut = ctranslate2File(tinyWhisper()).subarray(0, 5000);
    await expect(loadBackbone(`whisper-tiny:${file('cut.bin', cut)}`)).rejects.toMatchObject({
      message: expect.stringMatching(/cut\.bin: \d+ bytes or more expected, found 5000$/) as string,
    });
  });
});

needing(fetchedWhisper).describe('Whisper tiny.en', () => {
  it('hears a sound as NumPy does with its weights, to a thousandth and better', async () => {
    const { backbone, arrays } = await loadBackbone('whisper-tiny');
    expect(differenceAt(hiddenOf(backbone, arrays, spectrogram), reference.real)).toBeLessThan(5e-5);
    const extractor = await loadExtractor('whisper-tiny');
    expect([extractor.size([100, 80]), extractor.size([3000, 80])]).toEqual([384, 384]);
    const pooled = await extractor.extract({ shape: [100, 80], inputs: spectrogram, labels: new Int32Array(1) });
    extractor.dispose();
    expect(
      largestDifference(
        pooled.filter((_, i) => i % 6 === 0),
        reference.realPooled,
      ),
    ).toBeLessThan(2e-5);
  }, 60_000);
});
