import { describe, expect, it } from 'vitest';
import { backboneNamed, loadBackbone } from '../../src/backbones/registry.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { Input } from '../../src/core/input.js';
import { random } from '../../src/core/random.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { patch } from '../../src/experts/modules/patch.js';
import { patchArchitecture } from '../../src/experts/patch-architecture.js';
import { backboneFeatures } from '../../src/features/backbone-features.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import type { Network } from '../../src/nn/network.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { needing } from '../support/needing.js';
import { shared, sharedData } from '../support/shared-data.js';
import { tinyBackbone, writeTinyLite0 } from '../support/tiny-backbone.js';
import { movedParameters, passOf } from '../support/network-passes.js';

const input: Input = { domain: 'image', shape: [12, 12, 3], dtype: 'float32' };
const backbone = tinyBackbone();

const all = backboneNamed(backbone.name, backbone.weights.arrays).stages.map(({ name }) => name);

function patched(stages = all, on: FrozenBackbone = backbone, readout: 'last' | 'every' = 'last'): Network {
  return networkOf([attached], { ...patchArchitecture(on, stages), readout }, input, 'test', backboneBase(on));
}

const images = (count: number, seed = 1) => {
  const source = random(seed);
  return Float32Array.from({ length: count * 12 * 12 * 3 }, () => source.uniform());
};

/** Of the stem, the seven stages and the head. */
const backboneWidths = () => [
  ...new Map(backboneNamed(backbone.name, backbone.weights.arrays).sites.map(({ stage, channels }) => [stage, channels])).values(),
];

/** The mean over places of what leaves the stem, for the first image: by arrays of the backbone, without its stages. */
function pooledStem(x: Float32Array): Float32Array {
  const { arrays } = backbone.weights;
  const [kernel, bias] = ['kernel', 'bias'].map((name) => arrays[`stem/${name}`]?.data as Float32Array) as [Float32Array, Float32Array];
  const pooled = tf.tidy(() => {
    const image = tf.image.resizeBilinear(tf.tensor4d(x.subarray(0, 432), [1, 12, 12, 3]), [32, 32], false, true);
    const scaled = tf.div<ReturnType<typeof tf.tensor4d>>(tf.sub(image, 127 / 255), 128 / 255);
    const convolved = tf.conv2d(scaled, tf.tensor4d(kernel, [3, 3, 3, 4]), 2, 'same');
    return tf.mean(tf.relu6(tf.add(convolved, tf.tensor1d(bias))), [1, 2]);
  });
  const values = pooled.dataSync<'float32'>().slice();
  pooled.dispose();
  return values;
}

const moved = (network: Network, by = 0.1) => movedParameters(network, by);

/** Features of one pass of these inputs. */
function features(network: Network, parameters: Float32Array, x: Float32Array, shape: readonly number[] = input.shape): Float32Array {
  const length = shape.reduce((product, side) => product * side, 1);
  const inputs = tf.tensor(x, [x.length / length, ...shape]);
  const found = passOf(network, parameters, inputs);
  inputs.dispose();
  return found;
}

describe('a patch on a backbone', () => {
  it('that is not trained gives what the backbone gives, bit for bit; so does none at all', async () => {
    const x = images(3);
    const extractor = backboneFeatures(await loadBackbone(`efficientnet-lite0:${writeTinyLite0()}@32`));
    const wanted = await extractor.extract({ inputs: x, shape: input.shape, labels: new Int32Array(3) });
    extractor.dispose();
    expect(new Set(wanted).size).toBeGreaterThan(20);
    const whole = patched();
    expect(features(whole, new Float32Array(whole.declaration.parameters.size), x)).toEqual(wanted);
    expect(features(patched([]), new Float32Array(0), x)).toEqual(wanted);
    expect(features(whole, moved(whole), x)).not.toEqual(wanted);
  });

  it('has a scale and a shift for each channel of the stages that it is on', () => {
    for (const stages of [all, ['stem'], ['stage3', 'head']]) {
      const architecture = patchArchitecture(backbone, stages);
      const { parameters, statistics } = patched(stages).declaration;
      const { sites } = backboneNamed(backbone.name, backbone.weights.arrays);
      const on = patch
        .sites(backboneNamed(backbone.name, backbone.weights.arrays))
        .filter(({ stage }) => architecture.stages.includes(stage));
      expect(parameters.size).toBe(on.reduce((sum, { channels }) => sum + 2 * channels, 0));
      expect([sites.length, statistics.size]).toEqual([49, 0]);
    }
    expect(patched(['stem']).declaration.parameters.weights.map(({ name, shape }) => [name, shape])).toEqual([
      ['stem.scale', [4]],
      ['stem.shift', [4]],
    ]);
  });

  needing(shared('weights', 'efficientnet-lite0')).it('has 42,016 numbers on EfficientNet-Lite0', async () => {
    const { backbone: real, arrays } = await loadBackbone(`${sharedData}/weights/efficientnet-lite0@96`);
    const on: FrozenBackbone = { name: real.name, domain: 'image', side: 96, weights: { sha256: hashArrays(arrays), arrays } };
    expect(patched(undefined, on).declaration.parameters.size).toBe(42_016);
    expect(real.size).toBe(1280);
  });

  it('has the gradient of its scale and shift', () => {
    const slopes = random(5);
    const x = tf.tensor(
      Float32Array.from({ length: 2 * 9 * 3 }, () => slopes.normal()),
      [2, 3, 3, 3],
    );
    const loss = (flat: Tensor) => {
      const [scale, shift] = tf.split(flat, 2) as [Tensor, Tensor];
      const named: Record<string, Tensor> = { 'a.scale': scale, 'a.shift': shift };
      const scope = { weight: (name: string) => named[name] } as unknown as Parameters<typeof patch.attach>[0];
      const y = patch.attach(scope, patchArchitecture(backbone))({ name: 'a', stage: 'stem', channels: 3, kind: 'norm' }, x);
      return tf.sum(tf.sin(y)).asScalar();
    };
    const at = Float32Array.of(0.2, -0.1, 0.3, 0.5, -0.4, 0.1);
    const gradient = tf.grad(loss)(tf.tensor1d(at)).dataSync<'float32'>();
    at.forEach((_, i) => {
      const value = (step: number) => loss(tf.tensor1d(at.map((entry, j) => entry + (i === j ? step : 0)))).dataSync()[0] ?? NaN;
      // Values of about 20 in float32, differences of 2e-2: (2^-24 * 20 * 9) / 2e-2 = 5e-4, and the third derivative's 1e-4 / 6 * 18.
      expect(gradient[i]).toBeCloseTo((value(1e-2) - value(-1e-2)) / 2e-2, 2);
    });
  });

  it('is trained through the whole network: the loss falls as the gradient says', () => {
    const network = patched(['stage5', 'stage6', 'head']);
    const weights = Float32Array.from([...moved(network, 0.02), ...Array.from({ length: 16 * 2 + 2 }, (_, i) => Math.sin(i))]);
    const steps = createStepCache('eager');
    const rule = { momentum: 0, weightDecay: 0, clip: 1e9 };
    const run = (flat: Float32Array, learningRate: number) => {
      const inputs = {
        ...{ weights: tf.tensor1d(flat), velocity: tf.zeros([flat.length]), learningRate: tf.scalar(learningRate) },
        ...{ x: tf.tensor(images(4), [4, ...input.shape]), y: tf.tensor1d([0, 1, 1, 0], 'int32') },
      };
      const out = steps.get(trainingDefinition(network, [2], rule), 1).run(inputs);
      const result = {
        loss: out['loss']?.dataSync()[0] ?? NaN,
        norm: out['gradientNorm']?.dataSync()[0] ?? NaN,
        after: out['weights']?.dataSync<'float32'>().slice(),
      };
      tf.dispose([out, inputs]);
      return result;
    };
    const first = run(weights, 1e-3);
    const second = run(first.after as Float32Array, 1e-3);
    // w - lr g lowers the loss by lr |g|^2, and a term of second order.
    expect((first.loss - second.loss) / (1e-3 * first.norm ** 2)).toBeCloseTo(1, 1);
    steps.dispose();
  });

  it('leaves no tensors behind', () => {
    const network = patched(['stage6', 'head']);
    const parameters = moved(network);
    features(network, parameters, images(2));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) features(network, parameters, images(2));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('can be cut below its lowest stage: both parts are the whole, bit for bit', () => {
    const network = patched(['stage4', 'stage7']);
    const cut = network.cut?.();
    if (!cut) throw new Error('a cut expected');
    expect(cut.above.declaration.parameters).toEqual(network.declaration.parameters);
    const parameters = moved(network);
    const hidden = features(cut.below, new Float32Array(0), images(3));
    expect(cut.shape).toEqual([4 * 4 * 6]);
    expect(features(cut.above, parameters, hidden, cut.shape)).toEqual(features(network, parameters, images(3)));
    expect(patched(['stem', 'head']).cut).toBeUndefined();
  });

  it('lets heads read every stage, pooled: the means over places of what leaves it', () => {
    const x = images(3);
    const whole = patched(all, backbone, 'every');
    const widths = backboneWidths();
    expect(whole.featureSize).toBe(widths.reduce((sum, width) => sum + width, 0));
    const rows = features(whole, new Float32Array(whole.declaration.parameters.size), x);
    const last = widths.at(-1) ?? 0;
    const ofLast = Float32Array.from(
      { length: 3 * last },
      (_, i) => rows[(Math.floor(i / last) + 1) * whole.featureSize - last + (i % last)] as number,
    );
    expect(ofLast).toEqual(features(patched([]), new Float32Array(0), x));
    const ofStem = pooledStem(x);
    ofStem.forEach((mean, channel) => expect(rows[channel]).toBeCloseTo(mean, 5));
  });

  it.each([[['stage4', 'stage7']], [['head']], [[]]])('read at every stage can be cut below %j too', (stages) => {
    const network = patched(stages, backbone, 'every');
    const cut = network.cut?.() ?? expect.fail();
    const parameters = moved(network);
    const hidden = features(cut.below, new Float32Array(0), images(3));
    expect(hidden).toHaveLength(3 * (cut.shape[0] ?? 0));
    expect(features(cut.above, parameters, hidden, cut.shape)).toEqual(features(network, parameters, images(3)));
  });

  it('is refused where it does not fit', () => {
    expect(() => patched(['stage9'])).toThrow(
      'stages: some of stem, stage1, stage2, stage3, stage4, stage5, stage6, stage7, head of backbone efficientnet-lite0 expected, found "stage9"',
    );
    const grown = { kind: 'attached', module: 'graft', side: 32, stages: [] } as const;
    expect(() => networkOf([attached], grown, input, 'test', backboneBase(backbone))).toThrow(
      'architecture.module of kind attached: one of patch, adapter, edit, recurrent, unfrozen expected, found graft',
    );
    expect(() => networkOf([attached], patchArchitecture(backbone), input, 'test')).toThrow('a backbone expected, found nothing');
    const vectors: Input = { domain: 'vector', shape: [8], dtype: 'float32' };
    expect(() => networkOf([attached], patchArchitecture(backbone), vectors, 'test', backboneBase(backbone))).toThrow(
      'takes grey or colour images',
    );
  });
});
