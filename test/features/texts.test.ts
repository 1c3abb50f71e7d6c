import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadBackbone } from '../../src/backbones/registry.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';
import { tokenizer, type Texts } from '../../src/data/text/tokenizer.js';
import { defaultVocabularyPath, readVocabulary } from '../../src/data/text/vocabulary.js';
import { loadExtractor } from '../../src/features/registry.js';
import { fetchedMiniLm } from '../support/minilm-files.js';
import { needing } from '../support/needing.js';
import { tinyBert, tinyTokens, writeTinyBert } from '../support/tiny-bert.js';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../fixtures/minilm/${name}`, import.meta.url)), 'utf8'));

const { folder, weights } = writeTinyBert();
const loaded = loadExtractor(`minilm:${weights}`);
afterAll(async () => {
  (await loaded).dispose();
});

/** Rows of ids, padded to one length. */
const examples = (rows: readonly (readonly number[])[], length: number) => ({
  shape: [length],
  inputs: Int32Array.from(rows.flatMap((row) => [...row, ...Array<number>(length - row.length).fill(0)])),
  labels: new Int32Array(rows.length),
});

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from({ length: Math.max(a.length, b.length) }).reduce<number>(
    (most, _, i) => Math.max(most, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN))),
    0,
  );

describe('features of texts', () => {
  it('are what PyTorch computes with the same weights', async () => {
    const { rows, pooled } = fixture('tiny-bert.json') as { rows: number[][]; pooled: number[][] };
    const extractor = await loaded;
    expect(extractor.size([24])).toBe(128);
    expect(largestDifference(await extractor.extract(examples(rows, 24)), pooled.flat())).toBeLessThan(2e-5);
  });

  it('do not depend on padding, nor on what else is in the batch', async () => {
    const extractor = await loaded;
    const rows = Array.from({ length: 70 }, (_, i) => [2, ...Array.from({ length: (7 * i) % 19 }, (__, j) => 5 + ((i + 3 * j) % 18)), 3]);
    const together = await extractor.extract(examples(rows, 24));
    for (const i of [0, 1, 18, 37, 69]) {
      const row = rows[i] ?? [];
      for (const length of [row.length, 24]) {
        const alone = await extractor.extract(examples([row], length));
        expect(largestDifference(alone, together.subarray(i * 128, (i + 1) * 128))).toBeLessThan(1e-5);
      }
    }
  });

  it('of nothing are zeros', async () => {
    expect(new Set(await (await loaded).extract(examples([[]], 8)))).toEqual(new Set([0]));
    expect((await (await loaded).extract(examples([], 8))).length).toBe(0);
  });

  it('are refused for other inputs and for ids of another vocabulary', async () => {
    const extractor = await loaded;
    expect(() => extractor.size([25])).toThrow('texts of up to 24 tokens as ids [length] expected, found inputs [25]');
    expect(() => extractor.size([8, 8, 3])).toThrow('found inputs [8, 8, 3]');
    expect(() => extractor.extract(examples([[2, tinyTokens.length, 3]], 8))).toThrow(
      'ids of 23 tokens expected, found 23: the vocabulary is of another network',
    );
    expect(() => extractor.extract({ ...examples([[2, 3]], 8), inputs: new Float32Array(8) })).toThrow(
      'int32 ids of tokens expected, found float32',
    );
  });
});

describe('weights of a BERT encoder', () => {
  const file = (name: string, arrays: ReturnType<typeof tinyBert>) => {
    const path = join(folder, name);
    writeFileSync(path, formatSafetensors(arrays));
    return path;
  };

  it('are the same backbone with bert. before their names', async () => {
    const prefixed = Object.fromEntries(Object.entries(tinyBert()).map(([name, array]) => [`bert.${name}`, array]));
    const [plain, other] = [
      await loadBackbone(`minilm:${weights}`),
      await loadBackbone(`minilm:${file('prefixed.safetensors', prefixed)}`),
    ];
    expect(hashArrays(other.arrays)).toBe(hashArrays(plain.arrays));
    expect(plain.backbone).toMatchObject({ domain: 'text', size: 128, text: { tokens: 23, positions: 24 } });
    expect(plain.backbone.stages.map(({ name }) => name)).toEqual(['embeddings', 'layer0', 'layer1']);
  });

  it('of another network are refused, naming what is missing', async () => {
    const part = Object.fromEntries(Object.entries(tinyBert()).filter(([name]) => name !== 'encoder.layer.1.output.dense.weight'));
    await expect(loadBackbone(`minilm:${file('part.safetensors', part)}`)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringContaining('a BERT encoder with encoder.layer.1.output.dense.weight [128, any] expected, found none') as string,
    });
    const image = { 'conv1/kernel': { shape: [1], data: new Float32Array(1) } };
    await expect(loadBackbone(`minilm:${file('image.safetensors', image)}`)).rejects.toThrow(
      'embeddings.word_embeddings.weight [any, any] expected, found none',
    );
    await expect(loadBackbone(`minilm:${weights}@64`)).rejects.toThrow('no side behind @ expected, as minilm is for texts, found @64');
  });
});

needing(fetchedMiniLm).describe('MiniLM', () => {
  it('embeds sentences and pairs as PyTorch does with its weights', async () => {
    const { texts } = fixture('sentences.json') as { texts: readonly { texts: Texts; pooled: number[] }[] };
    const { encode } = tokenizer(await readVocabulary(defaultVocabularyPath()));
    const extractor = await loadExtractor('minilm');
    expect(extractor.size([128])).toBe(384);
    const found = await extractor.extract(
      examples(
        texts.map((example) => encode(example.texts, 128).ids.slice()),
        128,
      ),
    );
    extractor.dispose();
    expect(
      largestDifference(
        found,
        texts.flatMap(({ pooled }) => pooled),
      ),
    ).toBeLessThan(1e-5);
  }, 60_000);
});
