import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { albertWeights } from '../../src/backbones/albert-weights.js';
import { loadBackbone } from '../../src/backbones/registry.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import { lengthOf } from '../../src/data/array-split.js';
import { formatSafetensors } from '../../src/data/formats/safetensors.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { attachedArchitecture, type AttachedOptions } from '../../src/experts/attached-architecture.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { readRun } from '../../src/checkpoint/store.js';
import { independent, learn } from '../../src/index.js';
import { tf } from '../../src/nn/backend.js';
import type { Network } from '../../src/nn/network.js';
import { tempFolder } from '../data/temp-folder.js';
import { checkGradients, movedParameters, passOf } from '../support/network-passes.js';
import { albertArrays, albertWaves, tinyAlbert } from '../support/tiny-albert.js';

const { rows, alone, adapted } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/minilm/tiny-albert.json', import.meta.url)), 'utf8'),
) as Record<'rows' | 'alone' | 'adapted', number[][]>;

const [length, width, layers, bottleneck] = [24, 128, 12, 4];
const arrays = albertWeights(tinyAlbert(), 'tiny');
const backbone: FrozenBackbone = { name: 'albert', domain: 'text', side: null, weights: { sha256: hashArrays(arrays), arrays } };
const stages = Array.from({ length: layers }, (_, i) => `layer${i}`);
const made = (options: Partial<AttachedOptions> = {}): Network =>
  networkOf(
    [attached],
    attachedArchitecture(backbone, { stages, bottleneck, depthSharing: 'shared', ...options }),
    { domain: 'text', shape: [length], dtype: 'int32' },
    'test',
    backboneBase(backbone),
  );
const texts = () =>
  tf.tensor(
    rows.flatMap((row) => [...row, ...Array<number>(length - row.length).fill(0)]),
    [rows.length, length],
    'int32',
  );
const largestDifference = (found: Float32Array, wanted: readonly (readonly number[])[]) => {
  expect(found).toHaveLength(wanted.flat().length);
  return wanted.flat().reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] ?? NaN))), 0);
};

/** The adapters of the reference, which counts arrays: two adapters of four arrays each, then a scale and a shift for each layer behind the one norm and behind the other. */
function referenceParameters({ declaration }: Network): Float32Array {
  const parameters = new Float32Array(declaration.parameters.size);
  const parts = ['attention', 'feed-forward'].flatMap((name) => ['down', 'down-bias', 'up', 'up-bias'].map((part) => `${name}.${part}`));
  const norms = ['attention-norm', 'output-norm'].flatMap((norm) =>
    stages.flatMap((stage) => [`${stage}/${norm}.scale`, `${stage}/${norm}.shift`]),
  );
  const order = [...parts, ...norms];
  let offset = 0;
  for (const { name, shape } of declaration.parameters.weights) {
    const by = name.endsWith('.down') || name.endsWith('.up') ? 0.2 : 0.1;
    parameters.set(albertWaves(albertArrays + order.indexOf(name), lengthOf(shape), by), offset);
    offset += lengthOf(shape);
  }
  expect(declaration.parameters.weights.map(({ name }) => name).sort()).toEqual(order.sort());
  return parameters;
}

describe('ALBERT, one layer applied again and again', () => {
  it('gives what PyTorch computes with the same weights', () => {
    expect(Object.keys(tinyAlbert())).toHaveLength(albertArrays);
    expect(largestDifference(passOf(made({ stages: [] }), new Float32Array(0), texts()), alone)).toBeLessThan(1e-4);
  });

  it('with two adapters for all layers, and norms of each, gives what PyTorch computes', () => {
    const network = made();
    expect(network.declaration.parameters.size).toBe(2 * (2 * width * bottleneck + bottleneck + width) + 2 * layers * 2 * width);
    expect(largestDifference(passOf(network, referenceParameters(network), texts()), adapted)).toBeLessThan(1e-4);
  });

  it('with adapters for each layer is another network', () => {
    const network = made({ depthSharing: 'per-layer' });
    expect(network.declaration.parameters.size).toBe(layers * (2 * (2 * width * bottleneck + bottleneck + width) + 2 * 2 * width));
    expect(largestDifference(passOf(network, movedParameters(network), texts()), adapted)).toBeGreaterThan(1e-2);
  });

  it('has gradients of shared adapters through every layer', () => {
    const network = made({ stages: ['layer10', 'layer11'], bottleneck: 2 });
    checkGradients(network, texts(), movedParameters(network), 30);
  });

  it('is a backbone by its file, which is kept once with a run; a file of another network is refused', async () => {
    const folder = tempFolder();
    const file = join(folder, 'albert-tiny.safetensors');
    writeFileSync(file, formatSafetensors(tinyAlbert()));
    expect((await loadBackbone(file)).backbone).toMatchObject({ name: 'albert', domain: 'text', size: width });
    const words = { a: [5, 6], b: [9, 10] };
    const inputs = Array.from({ length: 16 }, (_, i) => [2, ...(i % 2 ? words.a : words.b), 11 + (i % 5), 3, 0, 0, 0]);
    const part = { inputs: inputs.map((row) => Int32Array.from(row)), labels: inputs.map((_, i) => i % 2) };
    const run = join(folder, 'run');
    const options = { run, backbone: `albert:${file}`, features: `albert:${file}` };
    await lastValueFrom(
      learn(
        [{ domain: 'text', inputShape: [8], train: part, test: part }],
        independent({ network: 'adapter', depthSharing: 'shared', epochs: 1 }),
        options,
      ),
    );
    const { experts, files } = await readRun(run);
    expect(experts[0]).toMatchObject({ on: { backbone: 'albert' }, architecture: { depthSharing: 'shared' } });
    expect(Object.entries(files).find(([group]) => group.startsWith('frozen/'))?.[1].numbers).toBe(
      Object.values(arrays).reduce((sum, { shape }) => sum + lengthOf(shape), 0),
    );
    const incomplete = Object.fromEntries(Object.entries(tinyAlbert()).filter(([name]) => name !== 'embeddings.LayerNorm.weight'));
    writeFileSync(file, formatSafetensors(incomplete));
    await expect(loadBackbone(file)).rejects.toThrow('an ALBERT encoder with embeddings.LayerNorm.weight [16] expected, found none');
  });
});
