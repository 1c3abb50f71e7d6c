import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { imageSpace, vectorSpace } from '../../src/experts/space.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { headLayout } from '../../src/nn/head.js';
import { convertVector, initialValues, layoutOf, type Layout } from '../../src/nn/layout.js';
import type { Network } from '../../src/nn/network.js';
import { createStepCache, type StepCache } from '../../src/nn/step-cache.js';
import { featureDefinition } from '../../src/nn/steps.js';
import { supernet, type Path } from '../../src/nn/supernet.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { createSampler, samplePath } from '../../src/search/sampler.js';
import { pathNetwork } from '../search/path-network.js';

interface Vectors {
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
  readonly statistics: Float32Array;
}

const classes = 3;
const batch = 6;
const rule = { momentum: 0.9, weightDecay: 0.003, clip: 5 };
const spaces = [
  { space: imageSpace, inputShape: [7, 6, 2] },
  { space: vectorSpace, inputShape: [5] },
];

describe.each(spaces)('the super-network of $space.name cells', ({ space, inputShape }) => {
  const architecture = { operations: space.operations, channels: 4, cells: 3, inputShape };
  const whole = supernet(architecture);
  const { parameters, statistics } = whole.declaration;
  const withHead = (layout: Layout) => layoutOf([...layout.weights, ...headLayout(whole.featureSize, classes).weights]);
  const source = random(3, 'super-network', space.name);
  const noise = (size: number) => Float32Array.from({ length: size }, () => source.normal());
  const start: Vectors = {
    weights: initialValues(withHead(parameters), source),
    velocity: noise(withHead(parameters).size).map((value) => value / 100),
    statistics: noise(statistics.size).map((value) => 1 + value / 10),
  };
  const x = noise(batch * inputShape.reduce((product, side) => product * side, 1));
  const y = Int32Array.from({ length: batch }, (_, i) => i % classes);

  /** One training step, then features of the trained network. */
  function train(network: Network, steps: StepCache, uses: number, vectors: Vectors) {
    const inputs: Record<string, Tensor> = {
      ...{ weights: tf.tensor1d(vectors.weights), velocity: tf.tensor1d(vectors.velocity), statistics: tf.tensor1d(vectors.statistics) },
      ...{ x: tf.tensor(x, [batch, ...inputShape]), y: tf.tensor1d(y, 'int32'), learningRate: tf.scalar(0.1) },
    };
    const step = steps.get(trainingDefinition(network, [classes], rule), uses);
    const after = step.run(inputs) as Record<'weights' | 'velocity' | 'statistics' | 'loss' | 'gradientNorm', Tensor>;
    const body = tf.slice(after.weights, [0], [network.declaration.parameters.size]);
    const infer = steps.get(featureDefinition(network), uses);
    const { features } = infer.run({ weights: body, statistics: after.statistics, x: inputs['x'] as Tensor }) as { features: Tensor };
    const values = Object.fromEntries(
      Object.entries({ ...after, features }).map(([name, tensor]) => [name, tensor.dataSync<'float32'>().slice()]),
    );
    tf.dispose([inputs, after, body, features]);
    expect(infer.engine).toBe(step.engine);
    return { engine: step.engine, values: values as Record<keyof typeof after | 'features', Float32Array> };
  }

  const paths: Path[] = [
    ...Array.from({ length: 4 }, (_, i) => samplePath(createSampler(space), random(i, 'some path'))),
    { normal: Array<number>(14).fill(0), reduce: Array<number>(14).fill(0) }, // `none` everywhere
  ];

  it.each(['eager', 'compiled'] as const)('computes what each path alone does, and changes nothing else: %s', (engine) => {
    const steps = createStepCache('auto');
    const alone = createStepCache('eager');
    const before = tf.memory().numTensors;
    let most = 0;
    for (const path of paths) {
      const own = pathNetwork(architecture, path);
      const used = { weights: whole.used(withHead(parameters), path), statistics: whole.used(statistics, path) };
      expect(used.weights).toEqual(withHead(own.declaration.parameters));
      expect(used.statistics).toEqual(own.declaration.statistics);
      const along = {
        weights: convertVector(withHead(parameters), start.weights, used.weights),
        velocity: convertVector(withHead(parameters), start.velocity, used.weights),
        statistics: convertVector(statistics, start.statistics, used.statistics),
      };
      const expected = train(own, alone, 1, along).values;
      const found = train(whole.along(path), steps, engine === 'eager' ? 1 : 1000, {
        ...{ weights: convertVector(used.weights, along.weights, withHead(parameters)) },
        ...{ velocity: convertVector(used.weights, along.velocity, withHead(parameters)), statistics: start.statistics },
      });
      expect(found.engine).toBe(engine);
      for (const name of ['loss', 'features', 'gradientNorm'] as const) expectClose(found.values[name], expected[name]);
      expectClose(convertVector(withHead(parameters), found.values.weights, used.weights), expected.weights);
      expectClose(convertVector(withHead(parameters), found.values.velocity, used.weights), expected.velocity);
      expectClose(convertVector(statistics, found.values.statistics, used.statistics), expected.statistics);
      // What others use: weights and velocities of zero stay zero, statistics what they were, to the last bit.
      const others = (layout: Layout, own: Layout) =>
        layoutOf(layout.weights.filter(({ name }) => !own.weights.some((spec) => spec.name === name)));
      const unchosen = others(withHead(parameters), used.weights);
      const untouched = others(statistics, used.statistics);
      for (const name of ['weights', 'velocity'] as const) {
        expect(convertVector(withHead(parameters), found.values[name], unchosen)).toEqual(new Float32Array(unchosen.size));
      }
      expect(convertVector(statistics, found.values.statistics, untouched)).toEqual(convertVector(statistics, start.statistics, untouched));
      most = Math.max(most, tf.memory().numTensors - before);
    }
    expect(most).toBeLessThanOrEqual(paths.length); // the path, as an input
    steps.dispose();
    alone.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((found[i] ?? NaN) - value), `${i}: ${found[i]} ${value}`).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(value)));
  });
}
