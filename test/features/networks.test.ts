import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import type { NamedArray } from '../../src/core/snapshot.js';
import { formatSafetensors, parseSafetensors } from '../../src/data/formats/safetensors.js';
import { efficientNetLite0Path } from '../../src/backbones/efficientnet-lite0-fetch.js';
import { foldNorm } from '../../src/backbones/folded-conv.js';
import { loadExtractor } from '../../src/features/registry.js';
import { parseTorchFile } from '../../src/backbones/torch-file.js';
import { backend, tf } from '../../src/nn/backend.js';
import { conv } from '../../src/nn/primitives.js';
import { needing } from '../support/needing.js';
import { shared, sharedData } from '../support/shared-data.js';
import { expectFigures, figures, fixture, image, relativeError } from './shared.js';

const work = mkdtempSync(join(tmpdir(), 'lifelong-features-'));
afterAll(() => rmSync(work, { recursive: true }));

const source = random(5);
const randomArray = (shape: number[], offset = 0): NamedArray => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => offset + 0.2 * source.normal()),
});

/** Random weights of a residual network as torchvision names them, its channels divided by 16. */
function torchvisionWeights(): Record<string, NamedArray> {
  const arrays: Record<string, NamedArray> = {};
  const add = (convName: string, norm: string, shape: number[]) => {
    arrays[`${convName}.weight`] = randomArray(shape);
    for (const [part, offset] of Object.entries({ weight: 1, bias: 0, running_mean: 0, running_var: 2 })) {
      arrays[`${norm}.${part}`] = randomArray([shape[0] ?? 0], offset);
    }
  };
  add('conv1', 'bn1', [4, 3, 7, 7]);
  [4, 8, 16, 32].forEach((channels, stage) => {
    for (const block of [0, 1]) {
      const input = block === 0 && stage > 0 ? channels / 2 : channels;
      const path = `layer${stage + 1}.${block}`;
      add(`${path}.conv1`, `${path}.bn1`, [channels, input, 3, 3]);
      add(`${path}.conv2`, `${path}.bn2`, [channels, channels, 3, 3]);
      if (input < channels) add(`${path}.downsample.0`, `${path}.downsample.1`, [channels, input, 1, 1]);
    }
  });
  arrays['fc.weight'] = randomArray([10, 32]);
  return arrays;
}

describe('foldNorm', () => {
  it('is the convolution and its batch norm', () => {
    const arrays: Record<string, NamedArray> = { 'c.weight': randomArray([5, 3, 3, 3]) };
    for (const part of ['weight', 'bias', 'running_mean']) arrays[`n.${part}`] = randomArray([5]);
    arrays['n.running_var'] = randomArray([5], 2);
    const { kernel, bias } = foldNorm(arrays, 'c', 'n', 1e-5) ?? { kernel: randomArray([1]), bias: randomArray([1]) };
    tf.tidy(() => {
      const x = tf.tensor(randomArray([2, 6, 6, 3]).data, [2, 6, 6, 3]);
      const statistic = (part: string) => tf.tensor1d(arrays[`n.${part}`]?.data as Float32Array);
      const plain = tf.transpose(tf.tensor(arrays['c.weight']?.data as Float32Array, [5, 3, 3, 3]), [2, 3, 1, 0]);
      const wanted = tf.batchNorm(
        conv(x, plain, 1, 1),
        statistic('running_mean'),
        statistic('running_var'),
        statistic('bias'),
        statistic('weight'),
        1e-5,
      );
      const folded = tf.add(conv(x, tf.tensor(kernel.data, [...kernel.shape]), 1, 1), tf.tensor1d(bias.data));
      expect(relativeError(folded.dataSync<'float32'>(), wanted.dataSync<'float32'>())).toBeLessThan(1e-6);
    });
  });

  it('names a missing statistic', () => {
    expect(() => foldNorm({ 'c.weight': randomArray([2, 1, 1, 1]) }, 'c', 'n', 1e-5)).toThrow(
      /array n.weight of 2 numbers expected, found none/,
    );
  });
});

describe('resnet18', () => {
  const arrays = torchvisionWeights();
  const write = (name: string, chosen: Record<string, NamedArray>) => {
    const path = join(work, name);
    writeFileSync(path, formatSafetensors(chosen));
    return path;
  };
  const until = (layer: number) =>
    Object.fromEntries(Object.entries(arrays).filter(([name]) => !(name.startsWith('layer') && Number(name[5]) > layer)));

  it('reads torchvision weights, whole or stopping after layer3, and frees them', async () => {
    const before = backend.binding.getNumOfTensors();
    const whole = await loadExtractor(`resnet18:${write('whole.safetensors', arrays)}@32`);
    const part = await loadExtractor(`resnet18:${write('part.safetensors', until(3))}@32`);
    expect([whole.size([20, 30, 1]), part.size([20, 30, 1])]).toEqual([32, 16]);
    const features = await whole.extract(image(32, 3));
    expect(features.length).toBe(3 * 32);
    expect(features.every(Number.isFinite)).toBe(true);
    expect(new Set(features).size).toBeGreaterThan(8);
    // Rows of a batch are added up each in an order of its own: seventeen layers of at most 288 products, sqrt(17 * 288) * 2^-24 = 4e-6.
    expect(relativeError(features.subarray(64), features.subarray(0, 32))).toBeLessThan(1e-5);
    whole.dispose();
    part.dispose();
    expect(backend.binding.getNumOfTensors()).toBe(before);
  });

  it('takes grey images of any size as three equal channels', async () => {
    const network = await loadExtractor(`resnet18:${write('grey.safetensors', until(1))}@32`);
    const colour = image(20);
    const grey = { ...colour, shape: [20, 20, 1], inputs: colour.inputs.filter((_, i) => i % 3 === 0) };
    const repeated = { ...colour, inputs: colour.inputs.map((_, i) => grey.inputs[Math.floor(i / 3)] ?? 0) };
    expect(await network.extract(grey)).toEqual(await network.extract(repeated));
    expect(() => network.size([20, 20, 4])).toThrow(/grey or colour images .* found inputs \[20, 20, 4\]/);
    network.dispose();
  });

  it('is fetched from a URL once', async () => {
    const bytes = readFileSync(write('served.safetensors', until(1)));
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      response.writeHead(request.url === '/w' ? 200 : 404);
      response.end(request.url === '/w' ? bytes : '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const options = { weightsFolder: join(work, 'weights') };
      const first = await loadExtractor(`${address}/w`, options);
      const second = await loadExtractor(`resnet18:${address}/w@32`, options);
      expect([first.sha256, second.name]).toEqual([second.sha256, `resnet18:${address}/w@32`]);
      expect(requests).toBe(1);
      await expect(loadExtractor(`${address}/none`, options)).rejects.toThrow(/safetensors file expected, found status 404/);
      first.dispose();
      second.dispose();
    } finally {
      server.close();
    }
  });

  it('refuses other networks, damaged and missing files', async () => {
    await expect(loadExtractor(write('other.safetensors', { a: randomArray([2]) }))).rejects.toThrow(
      /residual network of basic blocks expected.*found arrays a/,
    );
    writeFileSync(join(work, 'cut.safetensors'), readFileSync(write('full.safetensors', until(1))).subarray(0, -4));
    await expect(loadExtractor(join(work, 'cut.safetensors'))).rejects.toThrow(/cut.safetensors: \d+ bytes expected, \d+ found/);
    await expect(loadExtractor(join(work, 'none.safetensors'))).rejects.toMatchObject({ code: 'data' });
    await expect(loadExtractor('resnet18')).rejects.toThrow(/resnet18:PATH expected/);
  });

  needing(shared('weights', 'resnet18-layer3')).describe('with the real weights', () => {
    it.each(figures.resnet18.cases)('agrees with them run elsewhere (side $side)', async (wanted) => {
      const network = await loadExtractor(`resnet18:${join(sharedData, 'weights', 'resnet18-layer3')}@${wanted.side}`);
      expect(network.size([32, 32, 3])).toBe(256);
      expectFigures(await network.extract(image(wanted.side)), wanted, 1e-5);
      network.dispose();
    });
  });
});

describe('efficientnet-lite0', () => {
  const fetched = efficientNetLite0Path();
  const hasFetched = { what: 'weights that `lifelong setup --features efficientnet-lite0` fetches', there: existsSync(fetched) };
  needing(hasFetched).describe('as it is fetched', () => {
    it.each(figures['efficientnet-lite0'].cases)('agrees with the package run elsewhere (side $side)', async (wanted) => {
      const network = await loadExtractor(`efficientnet-lite0:${fetched}@${wanted.side}`);
      expectFigures(await network.extract(image(wanted.side)), wanted, 1e-4);
      network.dispose();
    });
  });

  const half = join(sharedData, 'weights', 'efficientnet-lite0');
  const hasHalf = shared('weights', 'efficientnet-lite0');
  needing(hasHalf).describe('of half floats', () => {
    it.each(figures['efficientnet-lite0'].cases)('agrees within their precision (side $side)', async (wanted) => {
      const network = await loadExtractor(`${half}@${wanted.side}`);
      expect(network.size([28, 28, 1])).toBe(1280);
      expectFigures(await network.extract(image(wanted.side)), wanted, 1e-2);
      network.dispose();
    });
  });

  needing(hasHalf, hasFetched).it('has the weights of the half-float file', () => {
    const read = (path: string) => parseSafetensors(readFileSync(path), path).arrays;
    const wanted = read(join(half, 'efficientnet-lite0.fp16.safetensors'));
    const converted = read(fetched);
    for (const [name, { shape, data }] of Object.entries(wanted)) {
      if (name.startsWith('fc/')) continue;
      expect(converted[name]?.shape).toEqual(shape);
      expect(relativeError(converted[name]?.data as Float32Array, data as Float32Array), name).toBeLessThan(1e-3);
    }
  });

  it('says how to get weights that are not there', async () => {
    await expect(loadExtractor('efficientnet-lite0', { weightsFolder: join(work, 'empty') })).rejects.toMatchObject({
      code: 'data',
      hint: expect.stringContaining('lifelong setup --features efficientnet-lite0') as string,
    });
  });
});

describe('torch files', () => {
  const bytes = readFileSync(fixture('two-tensors.pth'));

  it('are read with their strides and offsets', () => {
    const { weight, count } = parseTorchFile(bytes, 'two-tensors.pth');
    // Storage 0, 0.5, …, 3; offset 1, shape [2, 3], strides [1, 2].
    expect(weight).toEqual({ shape: [2, 3], data: Float32Array.of(0.5, 1.5, 2.5, 1, 2, 3) });
    expect(count).toEqual({ shape: [], data: Int32Array.of(42) });
  });

  it('are refused when they break off anywhere, or are something else', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseTorchFile(bytes.subarray(0, length), 'cut.pth'), `${length} bytes`).toThrow(
        /cut.pth: a (pickle of tensors|state dict)/,
      );
    }
    const calling = Buffer.from(bytes.toString('latin1').replace('torch._utils\n_rebuild_tensor_v2', 'posix\nsystem'), 'latin1');
    expect(() => parseTorchFile(calling, 'bad.pth')).toThrow(/a call of posix system/);
  });
});
