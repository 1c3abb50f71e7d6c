import type { NamedArray } from '../../src/core/snapshot.js';
import { tinyTokens } from './tiny-bert.js';

const [narrow, width, middle, positions] = [16, 128, 96, 24] as const;
const block = 'encoder.albert_layer_groups.0.albert_layers.0';

/** Numbers of the array number `k` that every language computes alike. */
export const albertWaves = (k: number, length: number, by: number, around = 0): Float32Array =>
  Float32Array.from({ length }, (_, i) => around + by * Math.sin(1 + 0.7 * i + 0.013 * (i % 89) * (i % 97) + 13 * k));

/** How many arrays {@link tinyAlbert} has: the reference goes on counting from here for adapters. */
export const albertArrays = 23;

/** An ALBERT encoder, its layer applied 12 times, with 2 heads and a width of 128, named as Hugging Face's AlbertModel names it; test/fixtures/minilm/tiny-albert.py gives its reference. */
export function tinyAlbert(): Record<string, NamedArray> {
  const arrays: Record<string, NamedArray> = {};
  const add = (name: string, shape: readonly number[], by: number, around = 0) => {
    const length = shape.reduce((product, side) => product * side, 1);
    arrays[name] = { shape: [...shape], data: albertWaves(Object.keys(arrays).length, length, by, around) };
  };
  const norm = (name: string, size: number) => {
    add(`${name}.weight`, [size], 0.3, 1);
    add(`${name}.bias`, [size], 0.1);
  };
  const linear = (name: string, from: number, out: number) => {
    add(`${name}.weight`, [out, from], 0.2);
    add(`${name}.bias`, [out], 0.1);
  };
  add('embeddings.word_embeddings.weight', [tinyTokens.length, narrow], 1);
  add('embeddings.position_embeddings.weight', [positions, narrow], 0.3);
  add('embeddings.token_type_embeddings.weight', [2, narrow], 0.3);
  norm('embeddings.LayerNorm', narrow);
  linear('encoder.embedding_hidden_mapping_in', narrow, width);
  for (const part of ['query', 'key', 'value', 'dense']) linear(`${block}.attention.${part}`, width, width);
  norm(`${block}.attention.LayerNorm`, width);
  linear(`${block}.ffn`, width, middle);
  linear(`${block}.ffn_output`, middle, width);
  norm(`${block}.full_layer_layer_norm`, width);
  return arrays;
}
