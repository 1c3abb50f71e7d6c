import { memoryUsage } from 'node:process';
import { describe, expect, it } from 'vitest';
import { backend, tf, type Tensor } from '../../src/nn/backend.js';
import { encodeSavedModel, type TensorType } from '../../src/nn/compile/graph.js';
import { optimize } from '../../src/nn/compile/optimize.js';
import { trace } from '../../src/nn/compile/trace.js';
import { frozenInput } from '../../src/nn/frozen-tensors.js';
import type { Network } from '../../src/nn/network.js';
import { createStepCache, type StepCache, type StepDefinition } from '../../src/nn/step-cache.js';
import { featureDefinition } from '../../src/nn/steps.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { features, frozenTable, inputs, scaledFeatures, stepInputs } from './scaled-features.js';

const rule = { momentum: 0.9, weightDecay: 0.001, clip: 10 };
const megabytes = 90;
const large = frozenTable(megabytes * 256, 1024);
const small = frozenTable(inputs, features);

const given = stepInputs();
const body = tf.slice(given.weights, [0], [2 * features]);
const statistics = tf.zeros([0]);
const training = (network: Network) => trainingDefinition(network, [2], rule);

function runBoth(steps: StepCache, network: Network): void {
  tf.dispose(steps.get(training(network), 100).run(given));
  tf.dispose(steps.get(featureDefinition(network), 100).run({ weights: body, statistics, x: given.x }));
}

/** Bytes of the graph that TensorFlow gets. */
function graphBytes({ build }: StepDefinition, tensors: Record<string, Tensor>): number {
  const { TF_FLOAT: float, TF_INT32: int32 } = backend.binding;
  const typed = Object.entries(tensors).map(([name, { shape, dtype }]): [string, TensorType] => {
    return [name, { shape, dtype: dtype === 'int32' ? int32 : float }];
  });
  const types = { ...Object.fromEntries(typed), [frozenInput('table')]: { shape: [megabytes * 256, 1024], dtype: float } };
  return encodeSavedModel(optimize(trace(build(), 'large', types)).nodes).length;
}

// Of its own process, as memory is the process's.
describe(`${megabytes} MB of frozen weights`, () => {
  it('are no part of the graphs of steps', () => {
    const network = scaledFeatures('large', large);
    expect(graphBytes(training(network), given)).toBeLessThan(20_000);
    expect(graphBytes(featureDefinition(network), { weights: body, statistics, x: given.x })).toBeLessThan(20_000);
  });

  it('lie once in memory beside the arrays that they came as, for two steps of two networks', () => {
    const steps = createStepCache('auto');
    runBoth(steps, scaledFeatures('small', small)); // what TensorFlow takes anyway
    const before = memoryUsage.rss() / 2 ** 20;
    for (const key of ['one', 'another']) runBoth(steps, scaledFeatures(key, large));
    const grown = memoryUsage.rss() / 2 ** 20 - before;
    expect(grown).toBeGreaterThan(0.8 * megabytes);
    expect(grown).toBeLessThan(1.5 * megabytes);
    steps.dispose();
  });

  it('do not make a step that reads a little of them slower', () => {
    const steps = createStepCache('auto');
    const networks = { large: scaledFeatures('large', large), small: scaledFeatures('small', small) };
    const table = tf.tensor2d(large.arrays['table']?.data as Float32Array, [megabytes * 256, 1024]);
    /** The least of many, which other processes disturb least. */
    const least = { large: Infinity, small: Infinity, copy: Infinity };
    const time = (what: keyof typeof least, work: () => unknown) => {
      const started = performance.now();
      tf.tidy(() => void work());
      least[what] = Math.min(least[what], performance.now() - started);
    };
    for (const network of Object.values(networks)) runBoth(steps, network);
    for (let i = 0; i < 40; i++) {
      for (const which of ['large', 'small'] as const) {
        const step = steps.get(training(networks[which]), 100);
        time(which, () => tf.dispose(step.run(given)));
      }
      if (i % 8 === 0) time('copy', () => tf.add(table, 1));
    }
    table.dispose();
    steps.dispose();
    expect(least.large - least.small, JSON.stringify(least)).toBeLessThan(least.copy / 4);
  });
});
