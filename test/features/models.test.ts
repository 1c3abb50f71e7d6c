import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { cachedFeatures } from '../../src/features/cache.js';
import { onnxModel } from '../../src/features/onnx.js';
import { pixels } from '../../src/features/pixels.js';
import { loadExtractor } from '../../src/features/registry.js';
import { backend, tf } from '../../src/nn/backend.js';
import { needing } from '../support/needing.js';
import { shared, sharedData } from '../support/shared-data.js';
import { fixture, image, relativeError } from './shared.js';

const work = mkdtempSync(join(tmpdir(), 'lifelong-models-'));
afterAll(() => rmSync(work, { recursive: true }));

describe('tfjs models', () => {
  const name = 'mobilenet_v1_025_224';
  const mobilenet = join(sharedData, 'weights', name);
  needing(shared('weights', name)).it('are cut before their classifier: it gives the model back its answer', async () => {
    const extractor = await loadExtractor(mobilenet);
    expect(extractor.size([32, 32, 3])).toBe(256);
    expect(extractor.sha256).toMatch(/^[0-9a-f]{64}$/);
    const features = await extractor.extract(image(224));
    extractor.dispose();

    const model = await tf.loadLayersModel(`file://${join(mobilenet, 'model.json')}`);
    const [kernel, bias] = model.getLayer('conv_preds').getWeights();
    const x = tf.tensor(image(224).inputs, [1, 224, 224, 3]);
    const wanted = model.predict(tf.sub(tf.mul(x, 2), 1)) as ReturnType<typeof tf.tensor>;
    const logits = tf.add(tf.matMul(tf.tensor2d(features, [1, 256]), tf.reshape(kernel as never, [256, 1000])), bias as never);
    // 256 products in float32 in another order: 256 * 2^-24 = 1.5e-5 of the largest logit
    expect(relativeError(tf.softmax(logits).dataSync<'float32'>(), wanted.dataSync<'float32'>())).toBeLessThan(2e-5);
    model.dispose();
  });

  /** relu(conv(x)) averaged over places, times a matrix: a graph model as the converter writes it. */
  const graphModel = (side: number) => {
    const folder = join(work, `graph-${side}`);
    mkdirSync(folder);
    const shape = (sizes: number[]) => ({ shape: { dim: sizes.map((size) => ({ size: String(size) })) } });
    const type = { type: 'DT_FLOAT' };
    const constant = (name: string, sizes: number[], dtype = 'DT_FLOAT') => ({
      name,
      op: 'Const',
      attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: shape(sizes).shape } } },
    });
    const list = (values: number[]) => ({ list: { i: values.map(String) } });
    const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
    const modelTopology = {
      node: [
        { name: 'x', op: 'Placeholder', attr: { dtype: type, shape: shape([-1, side, side, 3]) } },
        constant('w', [1, 1, 3, 2]),
        constant('axes', [2], 'DT_INT32'),
        constant('m', [2, 5]),
        {
          name: 'c',
          op: 'Conv2D',
          input: ['x', 'w'],
          attr: { T: type, strides: list([1, 1, 1, 1]), dilations: list([1, 1, 1, 1]), padding: text('VALID'), data_format: text('NHWC') },
        },
        { name: 'r', op: 'Relu', input: ['c'], attr: { T: type } },
        { name: 'p', op: 'Mean', input: ['r', 'axes'], attr: { T: type, Tidx: { type: 'DT_INT32' }, keep_dims: { b: false } } },
        { name: 'y', op: 'MatMul', input: ['p', 'm'], attr: { T: type, transpose_a: { b: false }, transpose_b: { b: false } } },
      ],
      versions: { producer: 1 },
    };
    const weights = [
      { name: 'w', shape: [1, 1, 3, 2], dtype: 'float32' },
      { name: 'axes', shape: [2], dtype: 'int32' },
      { name: 'm', shape: [2, 5], dtype: 'float32' },
    ];
    const bytes = Buffer.concat([
      Buffer.from(Float32Array.of(1, -1, 0, 1, 0.5, 0).buffer),
      Buffer.from(Int32Array.of(1, 2).buffer),
      Buffer.from(new Float32Array(10).buffer),
    ]);
    writeFileSync(join(folder, 'w.bin'), bytes);
    writeFileSync(
      join(folder, 'model.json'),
      JSON.stringify({ format: 'graph-model', modelTopology, weightsManifest: [{ paths: ['w.bin'], weights }] }),
    );
    return folder;
  };

  it('may be graph models', async () => {
    const before = backend.binding.getNumOfTensors();
    const extractor = await loadExtractor(`tfjs:${graphModel(8)}`);
    expect(extractor.size([8, 8, 3])).toBe(2);
    const { inputs } = image(8);
    const wanted = [0, 0];
    for (let i = 0; i < inputs.length; i += 3) {
      const [r = 0, g = 0, b = 0] = inputs.subarray(i, i + 3).map((value) => 2 * value - 1);
      wanted[0] = (wanted[0] ?? 0) + Math.max(0, r + b / 2) / 64;
      wanted[1] = (wanted[1] ?? 0) + Math.max(0, g - r) / 64;
    }
    expect(relativeError(await extractor.extract(image(8)), wanted)).toBeLessThan(1e-5);
    extractor.dispose();
    expect(backend.binding.getNumOfTensors()).toBe(before);
  });

  it('are refused when they are damaged', async () => {
    const folder = graphModel(9);
    rmSync(join(folder, 'w.bin'));
    await expect(loadExtractor(folder)).rejects.toThrow(/w.bin: a file of a tfjs model expected/);
    writeFileSync(join(folder, 'model.json'), '{"a": 1}');
    await expect(loadExtractor(folder)).rejects.toThrow(/the model.json of a tfjs model expected/);
  });
});

describe('onnx models', () => {
  const model = fixture('conv.onnx');

  it('say which package they need', async () => {
    await expect(onnxModel(model, { runtime: 'no-such-onnx-runtime' })).rejects.toMatchObject({
      code: 'config',
      hint: 'npm install no-such-onnx-runtime',
    });
    await expect(loadExtractor('onnx:none.onnx')).rejects.toMatchObject({ code: 'data' });
  });

  const runtime = (() => {
    try {
      return createRequire(process.env['ONNX_RUNTIME_FROM'] ?? import.meta.url).resolve('onnxruntime-node');
    } catch {
      return undefined;
    }
  })();
  needing({ what: 'the package onnxruntime-node', there: runtime !== undefined }).it(
    'give their first output, averaged over places',
    async () => {
      const extractor = await onnxModel(model, { side: 8, runtime: pathToFileURL(runtime ?? '').href });
      expect(extractor.size([8, 8, 3])).toBe(4);
      const features = await extractor.extract(image(8, 2));
      const wanted = tf
        .tidy(() => {
          const kernel = tf.transpose(
            tf.tensor(
              Float32Array.from({ length: 108 }, (_, i) => ((i % 7) - 3) / 10),
              [4, 3, 3, 3],
            ),
            [2, 3, 1, 0],
          );
          const x = tf.div(tf.sub(tf.tensor(image(8).inputs, [1, 8, 8, 3]), [0.485, 0.456, 0.406]), [0.229, 0.224, 0.225]);
          const padded = tf.pad(x, [
            [0, 0],
            [1, 1],
            [1, 1],
            [0, 0],
          ]);
          return tf.mean(tf.relu(tf.conv2d(padded as never, kernel as never, 2, 'valid')), [1, 2]);
        })
        .dataSync<'float32'>();
      expect(relativeError(features.subarray(0, 4), wanted)).toBeLessThan(1e-5);
      expect(relativeError(features.subarray(4), features.subarray(0, 4))).toBeLessThan(1e-5); // 27 products each: 27 * 2^-24 = 1.6e-6
      extractor.dispose();
    },
  );
});

describe('cached features', () => {
  const folder = join(work, 'cache');
  const counted = () => {
    const extractor = pixels();
    const calls = { count: 0 };
    const extract: typeof extractor.extract = (examples) => {
      calls.count += 1;
      return extractor.extract(examples);
    };
    return { extractor: { ...extractor, extract }, calls };
  };

  it('are computed once for the same inputs, and again for others or from a damaged file', async () => {
    const { extractor, calls } = counted();
    const cached = cachedFeatures(extractor, folder);
    const first = await cached.extract(image(16));
    expect(await cached.extract(image(16))).toEqual(first);
    expect(await cachedFeatures(extractor, folder).extract(image(16))).toEqual(first);
    expect(calls.count).toBe(1);
    expect(first).toEqual(await pixels().extract(image(16)));

    await cached.extract(image(18));
    expect(calls.count).toBe(2);
    const files = readdirSync(folder);
    expect(files.length).toBe(2);
    for (const file of files) writeFileSync(join(folder, file), readFileSync(join(folder, file)).subarray(0, 100));
    expect(await cached.extract(image(16))).toEqual(first);
    expect(calls.count).toBe(3);
  });

  it('are another extractor when its name or weights are', async () => {
    const { extractor, calls } = counted();
    await cachedFeatures({ ...extractor, sha256: 'other' }, folder).extract(image(16));
    await cachedFeatures({ ...extractor, name: 'other' }, folder).extract(image(16));
    expect(calls.count).toBe(2);
  });
});

describe('loadExtractor', () => {
  it('starts relative paths from the given folder', async () => {
    await expect(loadExtractor('onnx:conv.onnx', { base: work })).rejects.toThrow(`${join(work, 'conv.onnx')}: an ONNX file expected`);
  });

  it('refuses odd sides', async () => {
    await expect(loadExtractor('resnet18:x.safetensors@7')).rejects.toThrow(/a side of 32 to 1024 behind @ expected, found 7/);
  });
});
