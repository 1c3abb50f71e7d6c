import { describe, expect, it } from 'vitest';
import { efficientNetLite0Convs } from '../../src/backbones/efficientnet-lite0.js';
import { convArrays } from '../../src/backbones/folded-conv.js';
import { backboneNamed } from '../../src/backbones/registry.js';
import type { NamedArray } from '../../src/core/snapshot.js';
import { tinyLite0Arrays } from '../support/tiny-backbone.js';

type Arrays = Record<string, NamedArray>;

/** The same convolutions as the PyTorch package names them, each with a batch norm that adds the bias: kernels OIHW, epsilon 1e-3. */
function unfolded(folded: Arrays): Arrays {
  const arrays: Arrays = {};
  for (const [name, { shape, data }] of Object.entries(folded)) {
    const [, conv = '', kernel = ''] = /^(.+)\/(.*kernel)$/.exec(name) ?? [];
    if (kernel === '') continue;
    const [height = 0, width = 0, input = 0, out = 0] = shape;
    const depthwise = kernel === 'depthwise_kernel';
    const [, block, part = conv] = /^block(\d+)\/(.+)$/.exec(conv) ?? [];
    const owner = block === undefined ? '' : `_blocks.${block}.`;
    const norm = `${owner}${{ stem: '_bn0', head: '_bn1', expand: '_bn0', depthwise: '_bn1', project: '_bn2' }[part] ?? ''}`;
    const [to, from] = depthwise ? [input, 1] : [out, input];
    const turned = new Float32Array(data.length);
    for (let o = 0; o < to; o++)
      for (let i = 0; i < from; i++)
        for (let place = 0; place < height * width; place++) {
          turned[(o * from + i) * height * width + place] = data[place * input * out + (depthwise ? o : i * out + o)] ?? 0;
        }
    const same = (value: number) => ({ shape: [to], data: new Float32Array(to).fill(value) });
    arrays[`${owner}_${block === undefined ? `conv_${conv}` : `${part}_conv`}.weight`] = { shape: [to, from, height, width], data: turned };
    Object.assign(arrays, {
      [`${norm}.weight`]: same(Math.sqrt(4 + 1e-3)),
      [`${norm}.running_var`]: same(4),
      [`${norm}.running_mean`]: same(0),
    });
    arrays[`${norm}.bias`] = folded[`${conv}/bias`] as NamedArray;
  }
  return arrays;
}

describe('weights of EfficientNet-Lite0', () => {
  const folded = tinyLite0Arrays();

  it('are the same with batch norm folded in and as PyTorch has them', () => {
    const [wanted, found] = [folded, unfolded(folded)].map((arrays) => convArrays(efficientNetLite0Convs(arrays, 'test'))) as [
      Arrays,
      Arrays,
    ];
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const [name, { shape, data }] of Object.entries(wanted)) {
      expect(found[name]?.shape).toEqual(shape);
      data.forEach((value, i) => {
        expect(found[name]?.data[i]).toBeCloseTo(value, 5);
      });
    }
  });

  it('make a network with a site behind every convolution, in the order of the pass', () => {
    const { sites, stages, size } = backboneNamed('efficientnet-lite0', convArrays(efficientNetLite0Convs(folded, 'test')));
    expect([sites.length, stages.length, size]).toEqual([49, 9, 16]);
    expect(sites.slice(0, 4).map(({ name, stage, channels }) => [name, stage, channels])).toEqual([
      ['stem', 'stem', 4],
      ['block0/depthwise', 'stage1', 4],
      ['block0/project', 'stage1', 4],
      ['block1/expand', 'stage2', 24],
    ]);
  });

  it('are refused where a layer does not fit the one before it', () => {
    const cut = { ...folded, 'block2/expand/kernel': { shape: [1, 1, 5, 24], data: new Float32Array(120) } };
    expect(() => efficientNetLite0Convs(cut, 'cut.safetensors')).toThrow(
      'cut.safetensors: EfficientNet-Lite0 with block2/expand/kernel [1, 1, 4, any] and block2/expand/bias expected, found [1, 1, 5, 24] and [24]',
    );
    expect(() => backboneNamed('efficientnet-lite1', folded)).toThrow(
      'backbone: one of efficientnet-lite0, resnet18, minilm, albert, whisper-tiny expected, found efficientnet-lite1',
    );
  });
});
