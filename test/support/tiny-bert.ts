import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedArray } from '../../src/core/snapshot.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';

const [width, middle, layers, positions] = [128, 96, 2, 24] as const;

const words = [
  'red',
  'blue',
  'green',
  'cold',
  'warm',
  'sea',
  'sky',
  'fire',
  'snow',
  'is',
  'the',
  'a',
  'very',
  '##s',
  '##er',
  'not',
  '.',
  ',',
];

/** Every token of {@link tinyVocabulary}. */
export const tinyTokens: readonly string[] = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...words];

/** As a vocab.txt. */
export const tinyVocabulary: string = tinyTokens.map((token) => `${token}\n`).join('');

/** Numbers of the array number `k` that every language computes alike. */
const waves = (k: number, length: number, by: number, around = 0): Float32Array =>
  Float32Array.from({ length }, (_, i) => around + by * Math.sin(1 + 0.7 * i + 13 * k));

/** A BERT encoder of 2 layers, 2 heads and a width of 128, named as Hugging Face's BertModel names it; test/fixtures/minilm/tiny-bert.py gives its reference. */
export function tinyBert(tokens = tinyTokens.length): Record<string, NamedArray> {
  const arrays: Record<string, NamedArray> = {};
  let k = 0;
  const add = (name: string, shape: readonly number[], by: number, around = 0) => {
    const length = shape.reduce((product, side) => product * side, 1);
    arrays[name] = { shape: [...shape], data: waves(k++, length, by, around) };
  };
  const norm = (name: string) => {
    add(`${name}.weight`, [width], 0.3, 1);
    add(`${name}.bias`, [width], 0.1);
  };
  const linear = (name: string, from: number, out: number) => {
    add(`${name}.weight`, [out, from], 0.2);
    add(`${name}.bias`, [out], 0.1);
  };
  add('embeddings.word_embeddings.weight', [tokens, width], 1);
  add('embeddings.position_embeddings.weight', [positions, width], 0.3);
  add('embeddings.token_type_embeddings.weight', [2, width], 0.3);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) linear(`${at}.attention.self.${part}`, width, width);
    linear(`${at}.attention.output.dense`, width, width);
    norm(`${at}.attention.output.LayerNorm`);
    linear(`${at}.intermediate.dense`, width, middle);
    linear(`${at}.output.dense`, middle, width);
    norm(`${at}.output.LayerNorm`);
  }
  return arrays;
}

/** Its weights and vocabulary as files, in a folder of their own. */
export function writeTinyBert(): { readonly folder: string; readonly weights: string; readonly vocabulary: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-tiny-bert-'));
  const [weights, vocabulary] = [join(folder, 'minilm-tiny.safetensors'), join(folder, 'vocab.txt')];
  writeFileSync(weights, formatSafetensors(tinyBert()));
  writeFileSync(vocabulary, tinyVocabulary);
  return { folder, weights, vocabulary };
}
