import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { optimizerStateSize, updated, type UpdateRule } from '../../src/nn/optimizer.js';

/** AdamW as PyTorch states it, in doubles, one weight at a time. */
function reference(
  rule: UpdateRule,
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  rates: readonly number[],
): number[] {
  const [m, v, w] = [start.map(() => 0), start.map(() => 0), [...start]] as [number[], number[], number[]];
  gradients.forEach((gradient, step) => {
    const rate = rates[step] as number;
    const longer = Math.min(1, rule.clip / (Math.hypot(...gradient) + 1e-6));
    gradient.forEach((whole, i) => {
      const g = whole * longer;
      m[i] = rule.momentum * (m[i] as number) + (1 - rule.momentum) * g;
      v[i] = 0.999 * (v[i] as number) + 0.001 * g * g;
      const direction = m[i] / (1 - rule.momentum ** (step + 1)) / (Math.sqrt(v[i] / (1 - 0.999 ** (step + 1))) + 1e-8);
      w[i] = (w[i] as number) * (1 - rate * rule.weightDecay) - rate * direction;
    });
  });
  return w;
}

function trained(
  rule: UpdateRule,
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  rates: readonly number[],
): number[] {
  return tf.tidy(() => {
    let weights: Tensor = tf.tensor1d([...start]);
    let velocity: Tensor = tf.zeros([optimizerStateSize(rule, start.length)]);
    gradients.forEach((gradient, step) => {
      const after = updated(rule, weights, velocity, tf.tensor1d([...gradient]), tf.scalar(rates[step] as number));
      [weights, velocity] = [after.weights, after.velocity];
    });
    return [...weights.dataSync()];
  });
}

const before = tf.memory().numTensors;
afterAll(() => expect(tf.memory().numTensors).toBe(before));

describe('AdamW', () => {
  const source = random(3, 'adamw');
  const start = Array.from({ length: 6 }, () => source.normal());
  const gradients = Array.from({ length: 12 }, () => start.map((_, i) => source.normal() * 10 ** (i - 3)));
  const rates = gradients.map((_, step) => 0.01 / (1 + step));

  it.each([
    ['as published', { optimizer: 'adamw', momentum: 0.9, weightDecay: 0.1, clip: 1e9 }],
    ['with long gradients cut', { optimizer: 'adamw', momentum: 0.9, weightDecay: 0, clip: 0.5 }],
    ['without a first moment', { optimizer: 'adamw', momentum: 0, weightDecay: 0.1, clip: 10 }],
  ] as const)('steps as PyTorch states it, %s', (_, rule) => {
    const found = trained(rule, start, gradients, rates);
    const wanted = reference(rule, start, gradients, rates);
    expect(Math.max(...found.map((value, i) => Math.abs(value - (wanted[i] as number))))).toBeLessThan(2e-6);
  });

  it('takes a first step of one learning rate, whatever the length of the gradient', () => {
    const rule = { optimizer: 'adamw', momentum: 0.9, weightDecay: 0, clip: 1e9 } as const;
    expect(trained(rule, [1, 1, 1], [[1e-4, -1, 1e4]], [0.01]).map((value) => Math.round((value - 1) * 1e5) / 1e5)).toEqual([
      -0.01, 0.01, -0.01,
    ]);
  });

  it('leaves what has no gradient and no decay to the last bit', () => {
    const rule = { optimizer: 'adamw', momentum: 0.9, weightDecay: 0, clip: 1 } as const;
    const [, still] = trained(
      rule,
      [0.3, 0.7],
      [
        [1, 0],
        [1, 0],
        [-2, 0],
      ],
      [0.1, 0.1, 0.1],
    );
    expect(still).toBe(Math.fround(0.7));
  });
});
