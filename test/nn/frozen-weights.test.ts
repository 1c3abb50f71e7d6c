import { describe, expect, it } from 'vitest';
import { backend, tf, type Tensor } from '../../src/nn/backend.js';
import { optimize } from '../../src/nn/compile/optimize.js';
import { trace } from '../../src/nn/compile/trace.js';
import { frozenInput } from '../../src/nn/frozen-tensors.js';
import { createStepCache, type Engine } from '../../src/nn/step-cache.js';
import { featureDefinition } from '../../src/nn/steps.js';
import { trainingDefinition } from '../../src/nn/training-step.js';
import { features, frozenTable, inputs, scaledFeatures, stepInputs } from './scaled-features.js';
import { tensorCounts } from './compile/small-network.js';

const rule = { momentum: 0.9, weightDecay: 0.001, clip: 10 };
const frozen = frozenTable(inputs, features);
const network = scaledFeatures('scaled', frozen);
const noFallback = (reason: string) => {
  throw new Error(reason);
};

/** Losses of so many steps, and what of tensors is there after each. */
function train(engine: Engine, count: number) {
  const steps = createStepCache(engine, noFallback);
  const { weights, velocity, ...batch } = stepInputs();
  let state = { weights, velocity };
  const losses: number[] = [];
  const tensors: number[][] = [];
  for (let i = 0; i < count; i++) {
    const outputs = steps.get(trainingDefinition(network, [2], rule), 100).run({ ...state, ...batch });
    tf.dispose(state);
    state = { weights: outputs['weights'] as Tensor, velocity: outputs['velocity'] as Tensor };
    losses.push(outputs['loss']?.dataSync()[0] ?? NaN);
    tf.dispose([outputs['loss'], outputs['gradientNorm']]);
    tensors.push(tensorCounts());
  }
  const trained = state.weights.dataSync<'float32'>().slice();
  tf.dispose([state, batch]);
  steps.dispose();
  return { losses, tensors, trained };
}

describe('a network on frozen weights', () => {
  it('has the same losses compiled and eagerly, and learns, with as many tensors after every step', () => {
    const before = tensorCounts();
    const [compiled, eager] = [train('auto', 30), train('eager', 30)];
    // As in compile.test.ts: sums of some hundred numbers in another order.
    compiled.losses.forEach((loss, i) => expect(Math.abs(loss - (eager.losses[i] ?? NaN))).toBeLessThan(1e-6));
    expect(compiled.losses.at(-1)).toBeLessThan(0.8 * (compiled.losses[0] ?? 0));
    for (const { tensors } of [compiled, eager]) expect(new Set(tensors.map(String)).size).toBe(1);
    expect(tensorCounts()).toEqual(before);
  });

  it('trains nothing of what is frozen: its parameters are the scales and shifts, and no gradient of the table is computed', () => {
    expect(network.declaration.parameters.weights.map(({ name }) => name)).toEqual(['scale', 'shift']);
    const { TF_FLOAT: float, TF_INT32: int32 } = backend.binding;
    const given = Object.entries(stepInputs()).map(([name, { shape, dtype }]) => {
      return [name, { shape, dtype: dtype === 'int32' ? int32 : float }] as const;
    });
    const types = { ...Object.fromEntries(given), [frozenInput('table')]: { shape: [inputs, features], dtype: float } };
    const { nodes } = optimize(trace(trainingDefinition(network, [2], rule).build(), 'scaled', types));
    // Forward: the frozen map and the head. Backward: the head's kernel and its input; the table's gradient would be a fifth.
    expect(nodes.filter(({ op }) => op.includes('MatMul'))).toHaveLength(4);
  });

  it('reads one tensor, whichever step of whichever network', () => {
    const steps = createStepCache('auto', noFallback);
    const { weights, velocity, ...batch } = stepInputs();
    const body = tf.slice(weights, [0], [2 * features]);
    const statistics = tf.zeros([0]);
    const counts = ['one', 'another'].flatMap((key) => {
      const other = scaledFeatures(key, { ...frozen });
      tf.dispose(steps.get(trainingDefinition(other, [2], rule), 100).run({ weights, velocity, ...batch }));
      const afterTraining = tf.memory().numTensors;
      tf.dispose(steps.get(featureDefinition(other), 100).run({ weights: body, statistics, x: batch.x }));
      return [afterTraining, tf.memory().numTensors];
    });
    expect(new Set(counts).size).toBe(1);
    steps.dispose();
    expect(tf.memory().numTensors).toBe((counts[0] ?? 0) - 1);
    tf.dispose([weights, velocity, batch, body, statistics]);
  });

  it('computes with the weights that it was made on, though a network of the same key stands on others', () => {
    const steps = createStepCache('auto', noFallback);
    const x = stepInputs().x;
    const [body, statistics] = [tf.tensor1d([...Array<number>(features).fill(1), ...Array<number>(features).fill(0)]), tf.zeros([0])];
    const answers = [frozen, frozenTable(inputs, features, 1), frozen].map((weights) => {
      const step = steps.get(featureDefinition(scaledFeatures('scaled', weights)), 100);
      const [found, kernel] = [
        step.run({ weights: body, statistics, x }),
        tf.tensor(weights.arrays['table']?.data ?? [], [inputs, features]),
      ];
      const expected = tf.tanh(tf.matMul(x, kernel as never));
      expect(tf.max(tf.abs(tf.sub(found['features'] as Tensor, expected))).dataSync()[0]).toBeLessThan(1e-6);
      return [...(found['features'] as Tensor).dataSync()];
    });
    expect(answers[2]).toEqual(answers[0]);
    expect(answers[1]).not.toEqual(answers[0]);
    steps.dispose();
  });

  it('says which frozen weight it lacks', () => {
    const sha256 = frozen.sha256;
    const arrays = { kernel: { shape: [2], data: new Float32Array(2) } };
    expect(() => scaledFeatures('scaled', { sha256, arrays })).toThrow('frozen weight table expected, found kernel');
  });
});
