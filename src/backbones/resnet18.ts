import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import { tf, type Tensor } from '../nn/backend.js';
import type { Backbone, BackbonePass, Stage } from './backbone.js';
import { foldedConv, foldNorm, type FrozenConv } from './folded-conv.js';
import { prepareImages } from './prepare-images.js';
import { siteConv } from './site-conv.js';

/** Height and width of images unless others are asked for. */
export const resnet18Side = 64;

/** Batch norm of torchvision. */
const epsilon = 1e-5;

/** ImageNet's channel statistics, as torchvision normalizes. */
const form = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/**
 * The convolutions of a residual network of basic blocks in torchvision's layout, in the order of the network, up to the last whole layer that
 * there is. Arrays are named as torchvision's (`conv1.weight`, `bn1.running_mean`, …, OIHW kernels), or have batch norm folded in (`conv1/kernel`
 * HWIO, `conv1/bias`).
 *
 * @throws LifelongError `data` for arrays of another network
 */
export function resnet18Convs(arrays: Readonly<Record<string, NamedArray>>, where: string): Map<string, FrozenConv> {
  const convs = new Map<string, FrozenConv>();
  const add = (conv: string, norm: string): boolean => {
    const found = foldedConv(arrays, conv) ?? foldNorm(arrays, conv, norm, epsilon);
    if (found) convs.set(conv, found);
    return found !== undefined;
  };
  add('conv1', 'bn1');
  for (let layer = 1; layer <= 4; layer++) {
    let index = 0;
    for (; add(`layer${layer}.${index}.conv1`, `layer${layer}.${index}.bn1`); index++) {
      const block = `layer${layer}.${index}`;
      if (!add(`${block}.conv2`, `${block}.bn2`)) break;
      add(`${block}.downsample.0`, `${block}.downsample.1`);
    }
    if (index === 0) break;
  }
  if (!convs.has('conv1') || !convs.has('layer1.0.conv2') || foldedConv(arrays, 'layer1.0.conv3') || arrays['layer1.0.conv3.weight']) {
    const found = Object.keys(arrays).slice(0, 3).join(', ');
    throw new LifelongError(
      'data',
      `${where}: a residual network of basic blocks expected (conv1, layer1.0.conv1, layer1.0.conv2, …), found arrays ${found}, …`,
      'give a safetensors file of torchvision resnet18',
    );
  }
  return convs;
}

/**
 * A residual network of basic blocks (ResNet-18, He et al. 2016), without its classifier: pooled, the mean over places of the last layer that there is.
 * One that stops after `layer3` gives 256 features, a whole one 512. A site behind each convolution; stages `stem`, `layer1`, ….
 *
 * @param frozen its convolutions
 */
export function resnet18(frozen: ReadonlyMap<string, FrozenConv>): Backbone {
  const names = [...frozen.keys()];
  const layers = [1, 2, 3, 4].map((layer) => `layer${layer}`).filter((layer) => frozen.has(`${layer}.0.conv2`));
  const blocksOf = (layer: string) =>
    names.filter((name) => name.startsWith(`${layer}.`) && name.endsWith('.conv2')).map((name) => name.slice(0, -6));
  const lastBlock = blocksOf(layers.at(-1) ?? '').at(-1) ?? '';
  return {
    name: 'resnet18',
    domain: 'image',
    stages: [
      // Zeros are below nothing after ReLU, so padding with them does not change a maximum.
      { name: 'stem', run: (pass, x) => tf.maxPool(padded(tf.relu(conv(pass, 'conv1', x, 2)), 1), 3, 2, 'valid') },
      ...layers.map((layer, at): Stage => {
        const blocks = blocksOf(layer);
        return { name: layer, run: (pass, x) => blocks.reduce((y, block, index) => run(pass, block, y, at > 0 && index === 0 ? 2 : 1), x) };
      }),
    ],
    upper: layers.slice(2).length > 0 ? layers.slice(2) : layers.slice(-1),
    sites: names.map((name) => ({
      ...{ name, stage: name === 'conv1' ? 'stem' : (name.split('.')[0] ?? '') },
      channels: frozen.get(name)?.bias.data.length ?? 0,
      kind: 'norm' as const,
    })),
    size: frozen.get(`${lastBlock}.conv2`)?.bias.data.length ?? 0,
    prepare: (x, side) => prepareImages({ side: side ?? resnet18Side, ...form }, x),
    pool: (x) => tf.mean(x, [1, 2]),
  };

  function run(pass: BackbonePass, block: string, x: Tensor, stride: 1 | 2): Tensor {
    const inner = tf.relu(conv(pass, `${block}.conv1`, x, stride));
    const outer = conv(pass, `${block}.conv2`, inner, 1);
    const shortcut = frozen.has(`${block}.downsample.0`) ? conv(pass, `${block}.downsample.0`, x, stride) : x;
    return tf.relu(tf.add(outer, shortcut));
  }
}

/** Padding is symmetric, as PyTorch pads. */
function conv(pass: BackbonePass, name: string, x: Tensor, stride: 1 | 2): Tensor {
  const [size = 1] = pass.weight(`${name}/kernel`).shape;
  return siteConv(pass, name, padded(x, (size - 1) / 2), { stride, padding: 'valid' });
}

type Image = ReturnType<typeof tf.tensor4d>;

function padded(x: Tensor, by: number): Image {
  const edge = [by, by] as [number, number];
  return (by > 0 ? tf.pad(x, [[0, 0], edge, edge, [0, 0]]) : x) as Image;
}
