import { describe, expect, it } from 'vitest';
import { bertWeights } from '../../src/backbones/bert-weights.js';
import type { FrozenBackbone } from '../../src/core/frozen-backbone.js';
import type { Input } from '../../src/core/input.js';
import { cutLength, cutRows, usedPositions } from '../../src/core/padding.js';
import { random } from '../../src/core/random.js';
import type { Task } from '../../src/core/task.js';
import { arraySplit } from '../../src/data/array-split.js';
import { hashArrays } from '../../src/data/hash-arrays.js';
import { attached } from '../../src/experts/attached.js';
import { attachedArchitecture } from '../../src/experts/attached-architecture.js';
import { networkOf } from '../../src/experts/expert-kind.js';
import { backboneBase } from '../../src/experts/frozen-base.js';
import { frozenExpert } from '../../src/experts/frozen-expert.js';
import { aboveCut } from '../../src/experts/training/above-cut.js';
import { allPositions, epochBatches } from '../../src/experts/training/batches.js';
import { cutBatches } from '../../src/experts/training/cut-batches.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import type { Batch } from '../../src/nn/fit.js';
import { headLayout } from '../../src/nn/head.js';
import { initialValues } from '../../src/nn/layout.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { tinyBert, tinyTokens } from '../support/tiny-bert.js';

const length = 20;
const input: Input = { domain: 'text', shape: [length], dtype: 'int32' };
const arrays = bertWeights(tinyBert(), 'tiny');
const backbone: FrozenBackbone = { name: 'minilm', domain: 'text', side: null, weights: { sha256: hashArrays(arrays), arrays } };
const network = networkOf([attached], attachedArchitecture(backbone, { stages: ['layer1'] }), input, 'test', backboneBase(backbone));
const parameters = initialValues(network.declaration.parameters, random(1)).map((value, i) => value + 0.02 * Math.sin(i));
const statistics = new Float32Array(0);

/** Texts of 3 to 20 tokens. */
const ids = (count: number): Int32Array => {
  const source = random(1, 'ids');
  const used = Array.from({ length: count }, () => 3 + source.integer(length - 2));
  return Int32Array.from({ length: count * length }, (_, at) =>
    at % length < (used[Math.floor(at / length)] ?? 0) ? 2 + source.integer(tinyTokens.length - 2) : 0,
  );
};

const texts = ids(90);
const task: Task = {
  ...{ id: 'a', index: 0, name: 'a', classes: [0, 1], input, normalization: null, augment: [] },
  train: arraySplit(
    [length],
    texts,
    Int32Array.from({ length: 90 }, (_, i) => i % 2),
  ),
  validation: arraySplit([length], ids(10), new Int32Array(10)),
  test: arraySplit([length], ids(10), new Int32Array(10)),
};

/** Two sums of the same numbers in another order: of the up to 512 terms of the encoder's matrix products, each rounded by 2^-24 of about 1, through two layers. */
const rounding = 2 * 512 * 2 ** -24;

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe('padding', () => {
  it('is what is all 0 to the end', () => {
    expect([...usedPositions(Int32Array.of(2, 0, 5, 0, 2, 3, 4, 5, 0, 0, 0, 0), [4])]).toEqual([3, 4, 0]);
    expect([...usedPositions(Float32Array.of(1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0), [3, 2])]).toEqual([2, 1]);
    expect([...cutRows(Float32Array.of(1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0), [3, 2], [1, 0], 2)]).toEqual([3, 0, 0, 0, 1, 0, 0, 2]);
  });

  it('is cut to one of few lengths', () => {
    expect([0, 3, 8, 9, 16, 17, 24, 25, 33, 48, 49, 64, 65].map((used) => cutLength(used, 100))).toEqual([
      8, 8, 8, 16, 16, 24, 24, 32, 48, 48, 64, 64, 96,
    ]);
    expect(cutLength(49, 50)).toBe(50);
    for (let used = 1; used <= 512; used++) expect(cutLength(used, 512)).toBeGreaterThanOrEqual(used);
  });
});

describe('answers to texts', () => {
  it('are the same with padding and without, but for rounding, and whatever other texts there are, bit for bit', () => {
    const steps = createStepCache('eager');
    const found = frozenExpert(network, steps, { parameters, statistics }, task).features(texts);
    const padded = frozenExpert({ ...network, padded: false }, steps, { parameters, statistics }, task).features(texts);
    expect(largestDifference(found, padded)).toBeLessThan(rounding);
    for (const row of [0, 17, 89]) {
      const alone = frozenExpert(network, steps, { parameters, statistics }, task).features(texts.slice(row * length, (row + 1) * length));
      expect(alone).toEqual(found.slice(row * network.featureSize, (row + 1) * network.featureSize));
    }
    steps.dispose();
  });

  it('are the same from hidden values that are kept without padding', async () => {
    const steps = createStepCache('eager');
    const above = await aboveCut({ task, network, steps });
    expect(above.task.input).toEqual({ domain: 'text', shape: [length, 128], dtype: 'float32' });
    const hidden = await frozenExpert(above.network, steps, { parameters, statistics }, above.task).featuresOf(above.task.train);
    expect(hidden).toEqual(await frozenExpert(network, steps, { parameters, statistics }, task).featuresOf(task.train));
    steps.dispose();
  });
});

describe('batches of texts', () => {
  const positions = allPositions(90);
  const epoch = async (seed: number) => {
    const batches: { readonly indices: number[]; readonly longest: number; readonly shortest: number }[] = [];
    for await (const { indices, examples } of epochBatches(task, task.train, positions, 8, seed, ['test'])) {
      const { inputs, labels } = await task.train.read(indices);
      expect(examples).toEqual({ shape: [length], inputs, labels });
      const used = usedPositions(inputs, [length]);
      batches.push({ indices: [...indices], longest: Math.max(...used), shortest: Math.min(...used) });
    }
    return batches;
  };

  it('have every example once, and texts of about one length', async () => {
    const batches = await epoch(0);
    expect(batches.map(({ indices }) => indices.length).sort((a, b) => b - a)).toEqual([8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 2]);
    expect(batches.flatMap(({ indices }) => indices).sort((a, b) => a - b)).toEqual([...positions]);
    const spread = batches.reduce((sum, { longest, shortest }) => sum + longest - shortest, 0) / batches.length;
    expect(spread).toBeLessThan(6);
    const lengths = batches.map(({ longest }) => longest);
    expect(lengths).not.toEqual([...lengths].sort((a, b) => a - b));
  });

  it('are the same for one seed, and others for another', async () => {
    expect(await epoch(0)).toEqual(await epoch(0));
    expect(await epoch(0)).not.toEqual(await epoch(1));
  });

  it('teach the same when they are cut, but for rounding', async () => {
    const batch = { size: 8, x: { shape: [8, length], data: texts.slice(0, 8 * length) }, y: Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1) };
    batch.x.data.fill(0, 7 * length + 12);
    for (let row = 0; row < 8; row++) batch.x.data.fill(0, row * length + 12, (row + 1) * length);
    const one = async function* () {
      yield await Promise.resolve(batch);
    };
    const steps = createStepCache('eager');
    const step = steps.get(trainingDefinition(network, [2], { momentum: 0.9, weightDecay: 0, clip: 10 }), 1);
    const head = initialValues(headLayout(network.featureSize, 2), random(2));
    const after = ({ x, y }: Pick<Batch, 'x' | 'y'>) => {
      const weights = tf.concat([tf.tensor1d(parameters), tf.tensor1d(head)]);
      const inputs = { weights, velocity: tf.zerosLike(weights), x: tf.tensor(x.data, [...x.shape], 'int32'), y: tf.tensor1d(y, 'int32') };
      const outputs = step.run({ ...inputs, learningRate: tf.scalar(0.1) });
      return (outputs['weights'] as Tensor).dataSync<'float32'>().slice();
    };
    for await (const cut of cutBatches(one())) {
      expect(cut.x.shape).toEqual([8, 16]);
      expect(largestDifference(after(cut), after(batch))).toBeLessThan(rounding);
    }
    steps.dispose();
  });
});
