import { readFile } from 'node:fs/promises';
import { prepareImages } from '../backbones/prepare-images.js';
import { sha256 } from '../backbones/weights.js';
import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import { tf, type Tensor } from '../nn/backend.js';
import { imageExtractor } from './image-network.js';

/** What is used of onnxruntime-node, which is not among our dependencies. */
interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array): Promise<OnnxSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OnnxTensor;
}
interface OnnxTensor {
  readonly dims: readonly number[];
  readonly data: unknown;
}
interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** ImageNet's channel statistics. */
const mean = [0.485, 0.456, 0.406] as const;
const std = [0.229, 0.224, 0.225] as const;

/**
 * Any ONNX model of colour images as an extractor, by the optional package onnxruntime-node: its first output, averaged over places where it has
 * places `[n, D, h, w]`. The model is taken as it is, so export it without its classifier. Images are normalized as torchvision does and go in as
 * `[n, 3, side, side]`.
 *
 * @param path of the .onnx file
 * @param side images are resized to `side` x `side`
 * @param runtime name of the package
 * @throws LifelongError `config` when the package is not installed; `data` when the file is missing or no such model
 */
export async function onnxModel(path: string, { name = 'onnx', side = 64, runtime = 'onnxruntime-node' } = {}): Promise<FeatureExtractor> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new LifelongError('data', `${path}: an ONNX file expected, found none that can be read`, 'check the path', { cause });
  });
  const { InferenceSession, Tensor: Values } = await importRuntime(runtime);
  const refuse = (cause: unknown): never => {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unknown reason';
    throw new LifelongError(
      'data',
      `${path}: an ONNX model of images [n, 3, ${side}, ${side}] expected, found one that fails: ${reason}`,
      undefined,
      {
        cause,
      },
    );
  };
  const session = await InferenceSession.create(bytes).catch(refuse);
  const run = async (images: Tensor): Promise<{ rows: Float32Array; size: number }> => {
    const planes = tf.tidy(() => tf.transpose(images, [0, 3, 1, 2]));
    const feed = new Values('float32', planes.dataSync<'float32'>(), planes.shape);
    planes.dispose();
    const output = (await session.run({ [session.inputNames[0] ?? '']: feed }).catch(refuse))[session.outputNames[0] ?? ''];
    if (!(output?.data instanceof Float32Array)) return refuse(new Error('its first output is no float32 tensor'));
    return overPlaces(output.data, output.dims);
  };
  const probe = tf.zeros([1, side, side, 3]);
  const { size } = await run(probe);
  probe.dispose();
  return imageExtractor({
    name,
    sha256: sha256(bytes),
    size,
    prepare: (images) => prepareImages({ side, mean, std }, images),
    infer: async (images) => (await run(images)).rows,
    dispose: () => void session.release(),
  });
}

/** `[n, D]` as it is, `[n, D, …]` averaged over all further axes. */
function overPlaces(data: Float32Array, [count = 1, size = 1, ...places]: readonly number[]): { rows: Float32Array; size: number } {
  const area = places.reduce((product, side) => product * side, 1);
  if (area === 1) return { rows: data, size };
  const rows = Float32Array.from({ length: count * size }, (_, row) => {
    let sum = 0;
    for (let i = row * area; i < (row + 1) * area; i++) sum += data[i] ?? 0;
    return sum / area;
  });
  return { rows, size };
}

async function importRuntime(name: string): Promise<OnnxRuntime> {
  try {
    const module = (await import(name)) as OnnxRuntime & { readonly default?: OnnxRuntime };
    return module.default ?? module;
  } catch (cause) {
    throw new LifelongError('config', `features: the package ${name} expected for ONNX files, found none`, `npm install ${name}`, {
      cause,
    });
  }
}
