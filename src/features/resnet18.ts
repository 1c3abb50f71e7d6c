import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { NamedArray } from '../core/snapshot.js';
import { tf, type Tensor } from '../nn/backend.js';
import { convTensors, foldedConv, foldNorm, type ConvTensors, type FrozenConv } from './frozen-conv.js';
import { frozenInference } from './frozen-inference.js';
import { imageExtractor } from './image-network.js';
import { readWeights, type WeightedOptions } from './weights.js';

/** Batch norm of torchvision. */
const epsilon = 1e-5;

/** ImageNet's channel statistics, as torchvision normalizes. */
const mean = [0.485, 0.456, 0.406] as const;
const std = [0.229, 0.224, 0.225] as const;

/**
 * A residual network of basic blocks in torchvision's layout (ResNet-18, He et al. 2016) from a safetensors file, without its classifier: the
 * mean over places of the last layer that the file holds. A file that stops after `layer3` gives 256 features, a whole one 512.
 *
 * Arrays are named as torchvision's (`conv1.weight`, `bn1.running_mean`, …, OIHW kernels), or have batch norm folded in
 * (`conv1/kernel` HWIO, `conv1/bias`).
 *
 * @param source path or URL of the file
 * @throws LifelongError `data` when the file cannot be read or is not of this network
 */
export async function resnet18(
  source: string,
  { name = 'resnet18', side = 64, folder = '', onNotice }: WeightedOptions = {},
): Promise<FeatureExtractor> {
  const { arrays, sha256 } = await readWeights(source, folder, onNotice);
  const { convs, stages } = layout(arrays, source);
  const tensors = convTensors(convs);
  const last = convs.get(`${stages.at(-1)?.at(-1) ?? 'conv1'}.conv2`);
  const inference = frozenInference(name, (images) => forward(tensors, stages, images));
  return imageExtractor({
    name,
    sha256,
    side,
    mean,
    std,
    size: last?.bias.data.length ?? 0,
    infer: (images, batches) => inference.infer(images, batches),
    dispose() {
      inference.dispose();
      tensors.dispose();
    },
  });
}

/** The convolutions of a file and the names of its blocks by stage. */
function layout(arrays: Readonly<Record<string, NamedArray>>, source: string): { convs: Map<string, FrozenConv>; stages: string[][] } {
  const convs = new Map<string, FrozenConv>();
  const add = (conv: string, norm: string): boolean => {
    const found = foldedConv(arrays, conv) ?? foldNorm(arrays, conv, norm, epsilon);
    if (found) convs.set(conv, found);
    return found !== undefined;
  };
  const stages: string[][] = [];
  add('conv1', 'bn1');
  for (let stage = 1; stage <= 4; stage++) {
    const blocks: string[] = [];
    for (let index = 0; ; index++) {
      const block = `layer${stage}.${index}`;
      if (!add(`${block}.conv1`, `${block}.bn1`) || !add(`${block}.conv2`, `${block}.bn2`)) break;
      add(`${block}.downsample.0`, `${block}.downsample.1`);
      blocks.push(block);
    }
    if (blocks.length === 0) break;
    stages.push(blocks);
  }
  if (!convs.has('conv1') || stages.length === 0 || foldedConv(arrays, 'layer1.0.conv3') || arrays['layer1.0.conv3.weight']) {
    const found = Object.keys(arrays).slice(0, 3).join(', ');
    throw new LifelongError(
      'data',
      `${source}: a residual network of basic blocks expected (conv1, layer1.0.conv1, layer1.0.conv2, …), found arrays ${found}, …`,
      'give a safetensors file of torchvision resnet18',
    );
  }
  return { convs, stages };
}

/** `[n, h, w, 3]` to `[n, D]`. Padding is symmetric, as PyTorch pads. */
function forward(tensors: ConvTensors, stages: readonly (readonly string[])[], images: Tensor): Tensor {
  const conv = (x: Tensor, name: string, stride: number): Tensor => {
    const kernel = tensors.kernel(name) as Image;
    const y = tf.conv2d(padded(x, (kernel.shape[0] - 1) / 2), kernel, stride, 'valid');
    return tf.add(y, tensors.bias(name));
  };
  // Zeros are below nothing after ReLU, so padding with them does not change a maximum.
  let x: Tensor = tf.maxPool(padded(tf.relu(conv(images, 'conv1', 2)), 1), 3, 2, 'valid');
  stages.forEach((blocks, stage) => {
    blocks.forEach((block, index) => {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const shortcut = tensors.has(`${block}.downsample.0`) ? conv(x, `${block}.downsample.0`, stride) : x;
      x = tf.relu(tf.add(conv(tf.relu(conv(x, `${block}.conv1`, stride)), `${block}.conv2`, 1), shortcut));
    });
  });
  return tf.mean(x, [1, 2]);
}

type Image = ReturnType<typeof tf.tensor4d>;

function padded(x: Tensor, by: number): Image {
  const edge = [by, by] as [number, number];
  return (by > 0 ? tf.pad(x, [[0, 0], edge, edge, [0, 0]]) : x) as Image;
}
