import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bertWeights } from '../../src/backbones/bert-weights.js';
import { compressBackbone } from '../../src/backbones/compress-backbone.js';
import { formatCompressed, parseCompressed } from '../../src/backbones/compressed-weights.js';
import { loadBackbone } from '../../src/backbones/registry.js';
import { random } from '../../src/core/random.js';
import { tempFolder } from '../data/temp-folder.js';
import { tinyBert, writeTinyBert } from '../support/tiny-bert.js';

const [rows, columns] = [60, 16];
const source = random(1);
const kernel = Float32Array.from({ length: rows * columns }, (_, i) => (i % columns === 3 ? 0 : source.normal() * (1 + (i % columns))));
const arrays = { kernel: { shape: [rows, columns], data: kernel }, bias: { shape: [columns], data: kernel.slice(0, columns) } };
const whole = (compression: Parameters<typeof formatCompressed>[1]) => parseCompressed(formatCompressed(arrays, compression), 'test');

describe('compressed weights', () => {
  it('with nothing left out and 32 bits are the weights', () => {
    expect(whole({ prune: 0, bits: 32 })).toEqual(arrays);
  });

  it('lose the smallest numbers of each row of a kernel, and no others', () => {
    const { kernel: found, bias } = whole({ prune: 0.5, bits: 32 });
    expect(bias).toEqual(arrays.bias);
    for (let row = 0; row < rows; row++) {
      const places = Array.from({ length: columns }, (_, column) => row * columns + column);
      const sizes = (isLeft: boolean) => places.filter((i) => (found?.data[i] !== 0) === isLeft).map((i) => Math.abs(kernel[i] ?? NaN));
      expect(sizes(true)).toHaveLength(columns / 2);
      expect(Math.min(...sizes(true))).toBeGreaterThan(Math.max(...sizes(false)));
    }
    found?.data.forEach((value, i) => {
      expect(value === 0 || value === kernel[i]).toBe(true);
    });
  });

  it('lose more of the table of words than of a kernel, together what is asked for, and of rare words, which come last, more than of frequent ones', () => {
    const name = 'embeddings/words';
    const words = { shape: [200, columns], data: Float32Array.from({ length: 200 * columns }, () => source.normal()) };
    const found = parseCompressed(formatCompressed({ ...arrays, [name]: words }, { prune: 0.5, bits: 32 }), 'test');
    const lost = (of: string, start = 0, end?: number) => found[of]?.data.subarray(start, end).filter((value) => value === 0).length ?? NaN;
    // each row of 16 loses a whole number
    expect(Math.abs(lost('kernel') + lost(name) - 0.5 * (kernel.length + words.data.length))).toBeLessThanOrEqual(rows / 2);
    // odds of 7 o and o, o = 0.21208: 0.5975 of 3,200 and 0.1750 of 960 are half of all, and 0.1750 of 16 is 3
    expect(lost('kernel') / kernel.length).toBe(3 / 16);
    expect(lost(name) / words.data.length).toBeCloseTo(0.5975, 3);
    expect(lost(name, 180 * columns)).toBeGreaterThan(2 * lost(name, 0, 20 * columns));
  });

  it('of 8 bits are off by half a step of their column at most, and are the same when compressed again', () => {
    const once = whole({ prune: 0, bits: 8 });
    const largest = Array.from({ length: columns }, (_, column) =>
      Math.max(...[...kernel].filter((_, i) => i % columns === column).map(Math.abs)),
    );
    once['kernel']?.data.forEach((value, i) => {
      const step = (largest[i % columns] ?? NaN) / 127;
      expect(Math.abs(value - (kernel[i] ?? NaN))).toBeLessThanOrEqual(step * (0.5 + 1e-5));
      if (i % columns === 3) expect(value).toBe(0);
    });
    expect(parseCompressed(formatCompressed(once, { prune: 0, bits: 8 }), 'test')).toEqual(once);
  });

  it('take a bit for each number and a byte for each that is left, four for each column', () => {
    const size = (compression: Parameters<typeof formatCompressed>[1]) => {
      const bytes = formatCompressed(arrays, compression);
      return bytes.length - bytes.indexOf(10) - 1;
    };
    const [n, biases] = [rows * columns, 4 * columns];
    expect(size({ prune: 0.75, bits: 32 })).toBe(n / 8 + n + biases);
    const small = size({ prune: 0.5, bits: 8 });
    expect(small).toBeLessThanOrEqual(4 * columns + n / 8 + n / 2 + biases);
    expect(small).toBeGreaterThan(4 * columns + n / 8 + 0.9 * (n / 2) + biases);
  });

  it('are refused where they are damaged, of integers, or with all of them left out', () => {
    const bytes = formatCompressed(arrays, { prune: 0.5, bits: 8 });
    expect(() => parseCompressed(bytes.subarray(0, bytes.length - 1), 'w')).toThrow(
      `w: compressed weights expected, found ${bytes.length - 1} bytes where ${bytes.length} are listed`,
    );
    const more = bytes.slice();
    const mask = bytes.indexOf(10) + 1 + 4 * columns;
    more.fill(255, mask, mask + 1);
    more.fill(255, mask + 1, mask + 2);
    expect(() => parseCompressed(more, 'w')).toThrow('w: compressed weights expected, found another number of weights in kernel than');
    for (const prune of [-0.1, 1, NaN]) {
      expect(() => formatCompressed(arrays, { prune, bits: 8 })).toThrow(`prune: a share from 0 to less than 1 expected, found ${prune}`);
    }
    expect(() => formatCompressed({ ids: { shape: [1], data: Int32Array.of(1) } }, { prune: 0, bits: 8 })).toThrow(
      'weights ids: float32 expected',
    );
  });
});

it('a compressed backbone is one by its file, and is not written over another file', async () => {
  const folder = tempFolder();
  const { weights } = writeTinyBert();
  const file = join(folder, 'minilm-small.weights');
  const found = await compressBackbone(`minilm:${weights}`, file, { prune: 0.5, bits: 8 });
  const kept = bertWeights(tinyBert(), 'tiny');
  const numbers = Object.values(kept).reduce((sum, { data }) => sum + data.length, 0);
  expect(found).toEqual({ backbone: 'minilm', numbers, bytes: 4 * numbers, compressedBytes: readFileSync(file).length });
  expect(found.compressedBytes).toBeLessThan(0.25 * found.bytes);
  const { arrays: loaded, backbone } = await loadBackbone(`minilm:${file}`);
  expect(backbone.size).toBe(128);
  expect(Object.keys(loaded).sort()).toEqual(Object.keys(kept).sort());
  await expect(compressBackbone(`minilm:${weights}`, file, { prune: 0, bits: 8 })).rejects.toMatchObject({
    code: 'usage',
    hint: '--force replaces it',
  });
  writeFileSync(file, 'lifelong-weights[]\n');
  await expect(loadBackbone(`minilm:${file}`)).rejects.toMatchObject({ code: 'data' });
});
