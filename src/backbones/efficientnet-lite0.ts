import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import { tf, type Tensor } from '../nn/backend.js';
import type { Backbone, BackbonePass, Stage } from './backbone.js';
import { foldedConv, foldNorm, type FrozenConv } from './folded-conv.js';
import { prepareImages } from './prepare-images.js';
import { siteConv } from './site-conv.js';

/** One of the 16 inverted residual blocks: how much the middle is wider, kernel size, stride, and whether input and output are added. */
interface Block {
  readonly name: string;
  readonly expand: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly residual: boolean;
}

/** Stages of EfficientNet-Lite0: repeats, kernel, stride of the first, expansion. Later blocks of a stage have stride 1 and add their input. */
const plan = [
  [1, 3, 1, 1],
  [2, 3, 2, 6],
  [2, 5, 2, 6],
  [3, 3, 2, 6],
  [3, 5, 1, 6],
  [4, 5, 2, 6],
  [1, 3, 1, 6],
] as const;

/** The blocks of each stage. */
const blocks: readonly (readonly Block[])[] = plan.map(([repeats, kernel, stride, expand], stage) => {
  const before = plan.slice(0, stage).reduce((sum, [count]) => sum + count, 0);
  return Array.from({ length: repeats }, (_, i) => ({
    name: `block${before + i}`,
    ...{ expand, kernel, stride: i === 0 ? stride : 1, residual: i > 0 },
  }));
});

/** One of the network's convolutions. */
interface Conv {
  readonly name: string;
  readonly stage: string;
  /** Height and width of its kernel. */
  readonly kernel: number;
  readonly depthwise: boolean;
  /** What the PyTorch package calls it and its batch norm. */
  readonly torch: readonly [conv: string, norm: string];
}

const stageName = (index: number) => `stage${index + 1}`;

const convs: readonly Conv[] = [
  { name: 'stem', stage: 'stem', kernel: 3, depthwise: false, torch: ['_conv_stem', '_bn0'] },
  ...blocks.flatMap((inStage, index) =>
    inStage.flatMap(({ name, expand, kernel }): Conv[] => {
      const torch = name.replace('block', '_blocks.');
      const part = (own: string, norm: string, size: number, depthwise = false): Conv => ({
        ...{ name: `${name}/${own}`, stage: stageName(index), kernel: size, depthwise },
        torch: [`${torch}._${own}_conv`, `${torch}.${norm}`],
      });
      return [...(expand > 1 ? [part('expand', '_bn0', 1)] : []), part('depthwise', '_bn1', kernel, true), part('project', '_bn2', 1)];
    }),
  ),
  { name: 'head', stage: 'head', kernel: 1, depthwise: false, torch: ['_conv_head', '_bn1'] },
];

/** Height and width of images unless others are asked for. */
export const efficientNetLite0Side = 96;

/** Batch norm of EfficientNet. */
const epsilon = 1e-3;

/**
 * The convolutions of EfficientNet-Lite0 in a file's arrays, in the order of the network: batch norm folded in (`stem`, `block0/depthwise`,
 * `block0/project`, `block1/expand`, …, `head`; each `/kernel` HWIO or `/depthwise_kernel` HWC1, and `/bias`), or as the PyTorch package has them.
 *
 * @throws LifelongError `data` for arrays of another network
 */
export function efficientNetLite0Convs(arrays: Readonly<Record<string, NamedArray>>, where: string): Map<string, FrozenConv> {
  let channels = 3;
  return new Map(
    convs.map(({ name, torch: [conv, norm], kernel: size, depthwise }) => {
      const found = foldedConv(arrays, name) ?? foldNorm(arrays, conv, norm, epsilon, depthwise);
      const shape = found?.kernel.shape ?? [];
      const out = depthwise ? channels : (shape[3] ?? 0);
      const expected = [size, size, channels, depthwise ? 1 : out];
      if (!found || shape.join() !== expected.join() || found.bias.data.length !== out) {
        const wanted = `${name}/kernel [${size}, ${size}, ${channels}, ${depthwise ? 1 : 'any'}] and ${name}/bias`;
        throw new LifelongError(
          'data',
          `${where}: EfficientNet-Lite0 with ${wanted} expected, found ${found ? `[${shape.join(', ')}] and [${found.bias.data.length}]` : 'none'}`,
          'the file is of another network, or incomplete; `lifelong setup --features efficientnet-lite0` fetches one',
        );
      }
      channels = out;
      return [name, found] as const;
    }),
  );
}

/** What the network sees: pixels from -1 to 1. */
const form = { mean: [127 / 255, 127 / 255, 127 / 255], std: [128 / 255, 128 / 255, 128 / 255] } as const;

/**
 * EfficientNet-Lite0 (Tan, Le 2019; Lite variant of Google, 2020) trained on ImageNet, without its classifier: pooled, the mean over places of the
 * last convolution, D = 1280. A site behind each of its 49 convolutions; stages `stem`, `stage1` to `stage7`, `head`. It was trained on images of
 * 224 x 224. TensorFlow's own padding (SAME), ReLU6.
 *
 * @param frozen its convolutions
 */
export function efficientNetLite0(frozen: ReadonlyMap<string, FrozenConv>): Backbone {
  return {
    name: 'efficientnet-lite0',
    domain: 'image',
    stages: [
      { name: 'stem', run: (pass, x) => tf.relu6(siteConv(pass, 'stem', x, { stride: 2, padding: 'same' })) },
      ...blocks.map((inStage, index): Stage => ({
        name: stageName(index),
        run: (pass, x) => inStage.reduce((y, block) => run(pass, block, y), x),
      })),
      { name: 'head', run: (pass, x) => tf.relu6(siteConv(pass, 'head', x, { padding: 'same' })) },
    ],
    upper: ['stage6', 'stage7', 'head'],
    sites: convs.map(({ name, stage }) => ({ name, stage, channels: frozen.get(name)?.bias.data.length ?? 0, kind: 'norm' as const })),
    size: frozen.get('head')?.bias.data.length ?? 0,
    prepare: (x, side) => prepareImages({ side: side ?? efficientNetLite0Side, ...form }, x),
    pool: (x) => tf.mean(x, [1, 2]),
  };
}

function run(pass: BackbonePass, { name, expand, stride, residual }: Block, x: Tensor): Tensor {
  const wide = expand > 1 ? tf.relu6(siteConv(pass, `${name}/expand`, x, { padding: 'same' })) : x;
  const filtered = tf.relu6(siteConv(pass, `${name}/depthwise`, wide, { stride, padding: 'same', depthwise: true }));
  const narrow = siteConv(pass, `${name}/project`, filtered, { padding: 'same' });
  return residual ? tf.add(narrow, x) : narrow;
}
