import { describe, expect, it } from 'vitest';
import type { Input } from '../../src/core/input.js';
import { random } from '../../src/core/random.js';
import { cells } from '../../src/experts/cells.js';
import { frozenExpertBase } from '../../src/experts/expert-base.js';
import { newExpert, type Expert } from '../../src/experts/expert.js';
import { expertKinds } from '../../src/experts/kinds.js';
import { patched, takesPatches } from '../../src/experts/patched.js';
import { tf } from '../../src/nn/backend.js';
import { frozenTensors, createFrozenStore } from '../../src/nn/frozen-tensors.js';
import { createStepCache } from '../../src/nn/step-cache.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';

const input: Input = { domain: 'image', shape: [8, 8, 1], dtype: 'float32' };
const [task] = checkTasks(1) as [ReturnType<typeof checkTasks>[number]];
const genotype = {
  normal: [
    'sep_conv_3x3',
    'dil_conv_3x3',
    'skip_connect',
    'max_pool_3x3',
    'avg_pool_3x3',
    'sep_conv_3x3',
    'skip_connect',
    'dil_conv_3x3',
  ].map((operation, i) => [operation, i % 2]),
  reduce: [
    'skip_connect',
    'skip_connect',
    'sep_conv_3x3',
    'dil_conv_3x3',
    'skip_connect',
    'sep_conv_3x3',
    'max_pool_3x3',
    'skip_connect',
  ].map((operation, i) => [operation, i % 2]),
  ...{ normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5] },
};
const architecture = { kind: 'cells', genotype, channels: 2, cells: 3 };

/** Numbers about 0 in some places, about 1 in others, as a trained expert has them; variances are positive. */
function trained(plan: object = architecture): Expert {
  const fresh = newExpert({ id: 'e0', architecture: plan as typeof architecture, architectureFrom: null }, task, 0, expertKinds);
  const source = random(2);
  const { parameters, statistics } = fresh.vectors;
  return {
    ...fresh,
    vectors: {
      parameters: parameters.map((value) => value + 0.1 * source.normal()),
      statistics: statistics.map((value) => value + 0.2 * source.uniform()),
    },
  };
}

const base = trained();
const patch = newExpert(
  { id: 'e1', architecture: { kind: 'patched' }, architectureFrom: 'e0', on: frozenExpertBase(base) },
  task,
  0,
  expertKinds,
);

const images = (count: number) => {
  const source = random(1);
  return tf.tensor(
    Float32Array.from({ length: count * 64 }, () => source.uniform()),
    [count, 8, 8, 1],
  );
};

function features({ network, vectors }: Pick<Expert, 'network' | 'vectors'>): Float32Array {
  const store = createFrozenStore();
  const out = tf.tidy(() => {
    const frozen = network.frozen ? frozenTensors(network.frozen, store.inputs(network.frozen)) : {};
    return network.infer(tf.tensor1d(vectors.parameters), tf.tensor1d(vectors.statistics), frozen, images(5));
  });
  const values = out.dataSync<'float32'>().slice();
  out.dispose();
  store.dispose();
  return values;
}

describe('a patch on an expert of cells', () => {
  it('that has learned nothing gives what the expert gives, bit for bit', () => {
    const wanted = features(base);
    expect(new Set(wanted).size).toBeGreaterThan(20);
    expect(features(patch)).toEqual(wanted);
    const moved = { ...patch.vectors, parameters: patch.vectors.parameters.map((_, i) => 0.01 * Math.sin(i + 1)) };
    expect(features({ ...patch, vectors: moved })).not.toEqual(wanted);
    const drifted = { ...patch.vectors, statistics: patch.vectors.statistics.map((value) => 1.1 * value) };
    expect(features({ ...patch, vectors: drifted })).not.toEqual(wanted);
  });

  it('has a scale and a shift, and running statistics, for each channel of each batch norm', () => {
    const { parameters, statistics } = base.network.declaration;
    const norms = statistics.weights.filter(({ name }) => name.endsWith('.running_mean')).map(({ name, shape }) => [name, shape] as const);
    expect(patch.network.declaration.parameters.weights.map(({ name, shape }) => [name, shape])).toEqual(
      norms.flatMap(([name, shape]) => ['scale', 'shift'].map((of) => [name.replace('running_mean', of), shape])),
    );
    expect(patch.network.declaration.parameters.size).toBe(statistics.size);
    expect(patch.network.declaration.parameters.size).toBeLessThan(parameters.size);
    expect(patch.network.declaration.macs).toBe(base.network.declaration.macs);
  });

  it.each(['eager', 'auto'] as const)(
    'is trained by its gradient and follows the batches with statistics of its own (engine %s)',
    (engine) => {
      const { network, vectors } = patch;
      const head = Float32Array.from({ length: 8 * 2 + 2 }, (_, i) => Math.sin(i));
      const steps = createStepCache(engine);
      const rule = { momentum: 0, weightDecay: 0, clip: 1e9 };
      const run = (flat: Float32Array) => {
        const inputs = {
          ...{ weights: tf.tensor1d(flat), velocity: tf.zeros([flat.length]), learningRate: tf.scalar(1e-3) },
          ...{ x: images(4), y: tf.tensor1d([0, 1, 1, 0], 'int32'), statistics: tf.tensor1d(vectors.statistics) },
        };
        const out = steps.get(trainingDefinition(network, [2], rule), 100).run(inputs);
        const read = (name: string) => out[name]?.dataSync<'float32'>().slice() ?? new Float32Array();
        const result = {
          loss: read('loss')[0] ?? NaN,
          norm: read('gradientNorm')[0] ?? NaN,
          weights: read('weights'),
          statistics: read('statistics'),
        };
        tf.dispose([out, inputs]);
        return result;
      };
      const first = run(Float32Array.from([...vectors.parameters, ...head]));
      const second = run(first.weights);
      // w - lr g lowers the loss by lr |g|^2, and a term of second order.
      expect((first.loss - second.loss) / (1e-3 * first.norm ** 2)).toBeCloseTo(1, 1);
      const changed = [...first.statistics].filter((value, i) => value !== vectors.statistics[i]).length;
      expect(changed).toBeGreaterThan(0.9 * first.statistics.length);
      steps.dispose();
    },
  );

  it('leaves no tensors behind', () => {
    features(patch);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i++) features(patch);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stands on an expert with batch norms, and on nothing else', () => {
    const perceptron = trained({ kind: 'perceptron', units: [4] });
    expect([base, perceptron, patch].map(takesPatches)).toEqual([true, false, false]);
    expect(() => patched.network({ kind: 'patched' }, input)).toThrow(
      'an expert of kind patched: an expert with batch norms expected, found nothing',
    );
    expect(() => patched.network({ kind: 'patched' }, input, frozenExpertBase(perceptron))).toThrow(
      'expert with batch norms expected, found expert e0',
    );
    expect(() => frozenExpertBase(patch)).toThrow('an expert that stands on nothing expected, found expert e1');
    expect(cells.kind).toBe(base.architecture.kind);
  });
});
