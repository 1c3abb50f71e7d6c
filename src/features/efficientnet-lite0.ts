import type { FeatureExtractor } from '../core/features.js';
import type { NamedArray } from '../core/snapshot.js';
import { tf, type Tensor } from '../nn/backend.js';
import { convTensors, foldedConv, type ConvTensors, type FrozenConv } from './frozen-conv.js';
import { frozenInference } from './frozen-inference.js';
import { imageExtractor } from './image-network.js';
import { readWeights, type WeightedOptions } from './weights.js';

/** One of the 16 inverted residual blocks: how much the middle is wider, kernel size, stride, and whether input and output are added. */
interface Block {
  readonly expand: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly residual: boolean;
}

/** Stages of EfficientNet-Lite0: repeats, kernel, stride of the first, expansion. Later blocks of a stage have stride 1 and add their input. */
const stages = [
  [1, 3, 1, 1],
  [2, 3, 2, 6],
  [2, 5, 2, 6],
  [3, 3, 2, 6],
  [3, 5, 1, 6],
  [4, 5, 2, 6],
  [1, 3, 1, 6],
] as const;

export const efficientNetLite0Blocks: readonly Block[] = stages.flatMap(([repeats, kernel, stride, expand]) =>
  Array.from({ length: repeats }, (_, i) => ({ expand, kernel, stride: i === 0 ? stride : 1, residual: i > 0 })),
);

/** Length of the features. */
const size = 1280;

/**
 * EfficientNet-Lite0 (Tan, Le 2019; Lite variant of Google, 2020) trained on ImageNet, without its classifier: the mean over places of the last
 * convolution, D = 1280. `lifelong setup --features efficientnet-lite0` fetches the weights.
 *
 * @param source safetensors file, or folder with one, with batch norm folded in: `stem`, `block0/expand`, `block0/depthwise`,
 *   `block0/project`, …, `head`; each `/kernel` (HWIO; `/depthwise_kernel` HWC1) and `/bias`
 * @param side images are resized to `side` x `side`; the network was trained on 224
 */
export async function efficientNetLite0(
  source: string,
  { name = 'efficientnet-lite0', side = 96, folder = '', onNotice }: WeightedOptions = {},
): Promise<FeatureExtractor> {
  const { arrays, sha256 } = await readWeights(source, folder, onNotice);
  const tensors = convTensors(convsOf(arrays));
  const inference = frozenInference(name, (images) => forward(tensors, images));
  return imageExtractor({
    name,
    sha256,
    side,
    mean: [127 / 255, 127 / 255, 127 / 255],
    std: [128 / 255, 128 / 255, 128 / 255],
    size,
    infer: (images, batches) => inference.infer(images, batches),
    dispose() {
      inference.dispose();
      tensors.dispose();
    },
  });
}

/** Names of the network's convolutions. */
function convNames(): string[] {
  const inBlock = ({ expand }: Block, index: number) =>
    (expand > 1 ? ['expand', 'depthwise', 'project'] : ['depthwise', 'project']).map((part) => `block${index}/${part}`);
  return ['stem', ...efficientNetLite0Blocks.flatMap(inBlock), 'head'];
}

function convsOf(arrays: Readonly<Record<string, NamedArray>>): Map<string, FrozenConv> {
  return new Map(
    convNames().flatMap((conv) => {
      const found = foldedConv(arrays, conv);
      return found ? [[conv, found] as const] : [];
    }),
  );
}

/** `[n, h, w, 3]` to `[n, 1280]`; TensorFlow's own padding (SAME), ReLU6. */
function forward(tensors: ConvTensors, images: Tensor): Tensor {
  const conv = (x: Tensor, name: string, stride: 1 | 2 = 1) =>
    tf.add(tf.conv2d(x as Image, tensors.kernel(name) as Image, stride, 'same'), tensors.bias(name));
  let x: Tensor = tf.relu6(conv(images, 'stem', 2));
  efficientNetLite0Blocks.forEach(({ expand, stride, residual }, index) => {
    const block = `block${index}`;
    const wide = expand > 1 ? tf.relu6(conv(x, `${block}/expand`)) : x;
    const filtered = tf.depthwiseConv2d(wide as Image, tensors.kernel(`${block}/depthwise`) as Image, stride, 'same');
    const narrow = conv(tf.relu6(tf.add(filtered, tensors.bias(`${block}/depthwise`))), `${block}/project`);
    x = residual ? tf.add(narrow, x) : narrow;
  });
  return tf.mean(tf.relu6(conv(x, 'head')), [1, 2]);
}

type Image = ReturnType<typeof tf.tensor4d>;
