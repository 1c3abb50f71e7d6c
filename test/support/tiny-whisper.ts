import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedArray } from '../../src/core/snapshot.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';

const [width, middle, layers, positions] = [128, 96, 2, 30] as const;

/** Numbers of the array number `k` that every language computes alike. */
const waves = (k: number, length: number, by: number, around: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => around + by * Math.sin(1 + 0.7 * i + 13 * k));

/** An encoder of 2 layers, 2 heads, a width of 128 and 30 positions, named as Hugging Face's WhisperModel names it; test/fixtures/whisper/whisper.py gives its reference. */
export function tinyWhisper(prefix = 'model.encoder.'): Record<string, NamedArray> {
  const arrays: Record<string, NamedArray> = {};
  let k = 0;
  const add = (name: string, shape: readonly number[], by: number, around = 0) => {
    const length = shape.reduce((product, side) => product * side, 1);
    arrays[`${prefix}${name}`] = { shape: [...shape], data: waves(k++, length, by, around) };
  };
  const module = (name: string, shape: readonly number[], by: number, { around = 0, bias = 0.1 } = {}) => {
    add(`${name}.weight`, shape, by, around);
    if (bias > 0) add(`${name}.bias`, shape.slice(0, 1), bias);
  };
  module('conv1', [width, 80, 3], 0.2);
  module('conv2', [width, width, 3], 0.2);
  add('embed_positions.weight', [positions, width], 0.3);
  for (let layer = 0; layer < layers; layer++) {
    const at = `layers.${layer}`;
    for (const part of ['q', 'k', 'v']) module(`${at}.self_attn.${part}_proj`, [width, width], 0.06, { bias: part === 'k' ? 0 : 0.1 });
    module(`${at}.self_attn.out_proj`, [width, width], 0.2);
    module(`${at}.self_attn_layer_norm`, [width], 0.3, { around: 1 });
    module(`${at}.fc1`, [middle, width], 0.2);
    module(`${at}.fc2`, [width, middle], 0.2);
    module(`${at}.final_layer_norm`, [width], 0.3, { around: 1 });
  }
  module('layer_norm', [width], 0.3, { around: 1 });
  return arrays;
}

/** Its weights as a file, in a folder of their own. */
export function writeTinyWhisper(): { readonly folder: string; readonly weights: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-tiny-whisper-'));
  const weights = join(folder, 'whisper-tiny.safetensors');
  writeFileSync(weights, formatSafetensors(tinyWhisper()));
  return { folder, weights };
}
