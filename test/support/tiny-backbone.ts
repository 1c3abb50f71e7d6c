import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { efficientNetLite0Convs } from '../../src/backbones/efficientnet-lite0.js';
import { convArrays } from '../../src/backbones/folded-conv.js';
import { random } from '../../src/core/random.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { NamedArray } from '../../src/core/snapshot.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import type { UserTask } from '../../src/streams/array-task.js';

/** Channels of the stem, the seven stages and the head: those of EfficientNet-Lite0 made small. */
const widths = [4, 4, 4, 6, 8, 8, 10, 12, 16] as const;
const repeats = [1, 2, 2, 3, 3, 4, 1] as const;
const kernels = [3, 3, 5, 3, 5, 5, 3] as const;

/**
 * Weights in the layout of EfficientNet-Lite0, random but for the first three channels, in which the colours go through alone, whatever the seed: unchanged where a block has no
 * shortcut, and by the shortcut where it has one.
 */
export function tinyLite0Arrays(seed = 0): Record<string, NamedArray> {
  const source = random(seed, 'tiny-lite0');
  const arrays: Record<string, NamedArray> = {};
  const add = (name: string, shape: [number, number, number, number], passes: boolean) => {
    const [height, width, input, out] = shape;
    const depthwise = name.endsWith('/depthwise');
    const channels = depthwise ? input : out;
    const scale = Math.sqrt(2 / (height * width * (depthwise ? 1 : input)));
    const values = (length: number, by: number) => Float32Array.from({ length }, (_, i) => (i % channels < 3 ? 0 : by * source.normal()));
    const kernel = values(height * width * input * out, scale);
    const middle = Math.floor((height * width) / 2) * input * out;
    for (let c = 0; passes && c < 3; c++) kernel[middle + c * out + (depthwise ? 0 : c)] = 1;
    arrays[depthwise ? `${name}/depthwise_kernel` : `${name}/kernel`] = { shape, data: kernel };
    arrays[`${name}/bias`] = { shape: [channels], data: values(channels, 0.1) };
  };
  add('stem', [3, 3, 3, widths[0]], true);
  let block = 0;
  let channels: number = widths[0];
  repeats.forEach((count, stage) => {
    for (let i = 0; i < count; i++, block++) {
      const wide = channels * (stage === 0 ? 1 : 6);
      const passes = i === 0; // further blocks of a stage have a shortcut
      if (stage > 0) add(`block${block}/expand`, [1, 1, channels, wide], passes);
      add(`block${block}/depthwise`, [kernels[stage] ?? 3, kernels[stage] ?? 3, wide, 1], passes);
      channels = widths[stage + 1] ?? 0;
      add(`block${block}/project`, [1, 1, wide, channels], passes);
    }
  });
  add('head', [1, 1, channels, widths[8]], true);
  return arrays;
}

/** A file of such weights, in a folder of its own. */
export function writeTinyLite0(seed = 0, name = 'efficientnet-lite0-tiny.safetensors'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'lifelong-tiny-')), name);
  writeFileSync(path, formatSafetensors(tinyLite0Arrays(seed)));
  return path;
}

/** Such a backbone as a strategy is handed it. */
export function tinyBackbone(seed = 0, side = 32): FrozenBackbone {
  const arrays = convArrays(efficientNetLite0Convs(tinyLite0Arrays(seed), 'tiny'));
  return { name: 'efficientnet-lite0', domain: 'image', side, weights: { sha256: hashArrays(arrays), arrays } };
}

/** Noisy images of two kinds, each of a colour of its own; another pair of colours for each of three tasks. */
export function tinyImageTask(index: number, train = 48): UserTask {
  const part = (name: string, count: number) => {
    const source = random(8, name, index);
    const inputs = Float32Array.from({ length: count * 12 * 12 * 3 }, (_, at) => {
      const own = (index + (Math.floor(at / 432) % 2)) % 3 === at % 3;
      return Math.min(1, Math.max(0, (own ? 0.9 : 0.1) + 0.1 * source.normal()));
    });
    return { inputs, labels: Array.from({ length: count }, (_, i) => `${index}-${i % 2}`) };
  };
  const splits = { train: part('train', train), validation: part('validation', 24), test: part('test', 24) };
  return { id: `t${index}`, ...splits, inputShape: [12, 12, 3] };
}

export const tinyImageTasks: readonly UserTask[] = [tinyImageTask(0), tinyImageTask(1), tinyImageTask(2)];
