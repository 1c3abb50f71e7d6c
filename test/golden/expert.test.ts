import { describe, expect, it } from 'vitest';
import type { Edge, Genotype } from '../../src/core/genotype.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { headLayout } from '../../src/nn/head.js';
import { inferLogits } from '../../src/nn/inference.js';
import { fromArrays } from '../../src/nn/layout.js';
import { expertNetwork } from '../../src/nn/network.js';
import { featureStep } from '../../src/nn/steps.js';
import { trainingStep } from '../../src/nn/training-step.js';
import { compile } from '../../src/nn/compile/compile.js';
import { golden, goldenFiles, type GoldenTensor } from './golden.js';

interface ExpertCase {
  genotype: Genotype;
  initChannel: number;
  cells: number;
  inputCHW: [number, number, number];
  classes: number;
  parameters: number;
  initial: Record<string, GoldenTensor>;
  x_NCHW: GoldenTensor;
  y: number[];
  evalLogitsBefore: GoldenTensor;
  trainLogitsFirstStep: GoldenTensor;
  sgd: { lr: number; momentum: number; weightDecay: number; clipNorm: number };
  losses: number[];
  gradNormBeforeClip: number[];
  evalLogitsAfter3Steps: GoldenTensor;
  stemRunningMeanAfter: GoldenTensor;
  stemRunningVarAfter: GoldenTensor;
}

/** The published layout (OIHW convolutions, [C,1,3,3] depthwise, [out,in] linear) in ours. */
function toOurLayout(name: string, { shape, data }: GoldenTensor, depthwise: boolean) {
  const tensor = tf.tensor(data, shape);
  const order = shape.length === 4 ? (depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]) : shape.length === 2 ? [1, 0] : [0];
  const turned = tf.transpose(tensor, order);
  const result = { shape: turned.shape, data: turned.dataSync<'float32'>().slice() };
  tf.dispose([tensor, turned]);
  return [name, result] as const;
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number) {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  expected.forEach((value, i) => {
    expect(Math.abs((actual[i] ?? NaN) - value) / scale, `element ${i}: ${actual[i]} against ${value}`).toBeLessThanOrEqual(tolerance);
  });
}

const tolerance = 2e-4;

describe.each(goldenFiles(/^expert-(?!sizes).*\.json$/))('%s', (file) => {
  const wanted = golden(file) as ExpertCase;
  const [channels, height, width] = wanted.inputCHW;
  const network = expertNetwork({
    genotype: wanted.genotype,
    channels: wanted.initChannel,
    cells: wanted.cells,
    inputShape: [height, width, channels],
  });
  const head = headLayout(network.featureSize, wanted.classes);
  const { parameters, statistics } = network.declaration;
  const shapes = new Map([...parameters.weights, ...head.weights].map((weight) => [weight.name, weight.shape]));
  const arrays = Object.fromEntries(
    Object.entries(wanted.initial).map(([name, tensor]) =>
      toOurLayout(
        name,
        tensor,
        tensor.shape[1] === 1 && shapes.get(name)?.[3] === 1 && shapes.get(name)?.[0] === 3 && name !== 'stem.0.weight',
      ),
    ),
  );

  it('has the published number of parameters', () => {
    expect(parameters.size + head.size).toBe(wanted.parameters);
  });

  it.each(['eager', 'compiled'] as const)('infers and trains as published (%s)', (engine) => {
    const infer = compile(featureStep(network), { engine });
    const train = compile(
      trainingStep(network, [wanted.classes], {
        momentum: wanted.sgd.momentum,
        weightDecay: wanted.sgd.weightDecay,
        clip: wanted.sgd.clipNorm,
      }),
      { engine },
    );
    const x = tf.tidy(() => tf.transpose(tf.tensor(wanted.x_NCHW.data, wanted.x_NCHW.shape), [0, 2, 3, 1]));
    const y = tf.tensor1d(wanted.y, 'int32');
    const learningRate = tf.scalar(wanted.sgd.lr);
    const logits = (weights: Tensor, running: Tensor) => {
      const [body, own] = tf.split(weights, [parameters.size, head.size]) as [Tensor, Tensor];
      const { features } = infer.run({ weights: body, statistics: running, x }) as { features: Tensor };
      return inferLogits(network, features.dataSync<'float32'>(), own.dataSync<'float32'>(), wanted.classes);
    };

    let weights: Tensor = tf.tensor1d([...fromArrays(parameters, arrays, file), ...fromArrays(head, arrays, file)]);
    let running: Tensor = tf.tensor1d(fromArrays(statistics, arrays, file));
    let velocity: Tensor = tf.zerosLike(weights);
    expectClose(logits(weights, running), wanted.evalLogitsBefore.data, tolerance);

    wanted.losses.forEach((loss, i) => {
      const outputs = train.run({ weights, velocity, statistics: running, x, y, learningRate });
      ({ weights, velocity, statistics: running } = outputs as { weights: Tensor; velocity: Tensor; statistics: Tensor });
      expectClose(outputs['loss']?.dataSync() ?? [], [loss], tolerance);
      expectClose(outputs['gradientNorm']?.dataSync() ?? [], [wanted.gradNormBeforeClip[i] ?? NaN], tolerance);
    });
    expectClose(logits(weights, running), wanted.evalLogitsAfter3Steps.data, tolerance);
    const [mean, variance] = tf.split(running, [wanted.stemRunningMeanAfter.data.length, wanted.stemRunningVarAfter.data.length, -1]);
    expectClose(mean?.dataSync() ?? [], wanted.stemRunningMeanAfter.data, tolerance);
    expectClose(variance?.dataSync() ?? [], wanted.stemRunningVarAfter.data, tolerance);
    for (const step of [infer, train]) step.dispose();
  });
});

interface SizeFile {
  input: [number, number, number];
  cases: { genotype: string; initChannel: number; cells: number; expertParameters: number; featureSize: number }[];
  genotypes: Record<string, [Edge[], Edge[]]>;
}

describe('expert-sizes.json', () => {
  const { input, cases, genotypes } = golden('expert-sizes.json') as SizeFile;
  it.each(cases)(
    'genotype $genotype, C = $initChannel, $cells cells',
    ({ genotype, initChannel, cells, expertParameters, featureSize }) => {
      const [normal, reduce] = genotypes[genotype] as [Edge[], Edge[]];
      const network = expertNetwork({
        genotype: { normal, reduce, normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5] },
        channels: initChannel,
        cells,
        inputShape: [input[1], input[2], input[0]],
      });
      expect(network.declaration.parameters.size).toBe(expertParameters);
      expect(network.featureSize).toBe(featureSize);
    },
  );
});
