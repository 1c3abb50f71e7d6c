import { describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { tf } from '../../../src/nn/backend.js';
import { ranpac } from '../../../src/strategies/ranpac/ranpac.js';
import { ridgeLosses, ridges } from '../../../src/strategies/ranpac/ridge-losses.js';
import { chooseShrinkage } from '../../../src/strategies/slda/choose-shrinkage.js';
import { slda } from '../../../src/strategies/slda/slda.js';
import { solve } from './reference.js';
import { apart, learnAll, testInputs, vectorTask } from './vector-tasks.js';

const tasks = [vectorTask('a', 0), vectorTask('b', 1)];

describe('the ridge of ranpac', () => {
  it('is measured as the formula of the paper does, fitted on the first four fifths', () => {
    const source = random(0, 'rows');
    const [n, size] = [20, 3];
    const rows = Float32Array.from({ length: n * size }, () => source.uniform());
    const labels = Int32Array.from({ length: n }, () => source.integer(2));
    const row = (i: number) => Array.from(rows.subarray(i * size, (i + 1) * size));
    const expected = [1, 100].map((ridge) => {
      const indices = [...Array(16).keys()];
      const g = [0, 1, 2].map((i) =>
        [0, 1, 2].map((j) => indices.reduce((s, k) => s + (row(k)[i] ?? 0) * (row(k)[j] ?? 0), i === j ? ridge : 0)),
      );
      const errors = [0, 1].map((c) => {
        const w = solve(
          g,
          [0, 1, 2].map((i) => indices.reduce((s, k) => s + (labels[k] === c ? (row(k)[i] ?? 0) : 0), 0)),
        );
        return [16, 17, 18, 19].reduce(
          (s, k) => s + (row(k).reduce((t, value, i) => t + value * (w[i] ?? 0), 0) - (labels[k] === c ? 1 : 0)) ** 2,
          0,
        );
      });
      return (errors[0] ?? 0) + (errors[1] ?? 0);
    });
    const losses = ridgeLosses({ rows, labels, classes: 2 });
    expect(losses).toHaveLength(ridges.length);
    expect(apart([losses[ridges.indexOf(1)] ?? NaN, losses[ridges.indexOf(100)] ?? NaN], expected)).toBeLessThan(1e-4);
  });

  it('is the one with the least error over all tasks', async () => {
    const chosen = await learnAll(ranpac({ projection: 12 }), tasks);
    const { state } = await chosen.save();
    const losses = (state['tasks'] as unknown as { losses: number[] }[]).map((task) => task.losses);
    const total = ridges.map((_, i) => losses.reduce((sum, task) => sum + (task[i] ?? 0), 0));
    const ridge = ridges[total.indexOf(Math.min(...total))];
    const given = await learnAll(ranpac({ projection: 12, ridge: ridge ?? -1 }), tasks);
    const inputs = await testInputs(tasks[0] as (typeof tasks)[0]);
    expect((await chosen.predictClasses?.(inputs))?.predictions.logits).toEqual((await given.predictClasses?.(inputs))?.predictions.logits);
    chosen.dispose();
    given.dispose();
  });
});

describe('the shrinkage of slda', () => {
  /** Covariances diag(variances): the best e for scatter diag(held) is where held = variances + e, on average. */
  it.each([
    [[1, 1], [1.01, 1.01], 0.01],
    [[1, 2], [11, 12], 10],
    [[1, 1], [1.1, 1.1], 0.1],
  ])('of %j under held-out %j is %d', (variances, held, expected) => {
    const diagonal = ([p = 0, q = 0]: number[]) => tf.tensor2d([p, 0, 0, q], [2, 2]);
    const [a, s] = [diagonal(variances), diagonal(held)];
    expect(chooseShrinkage(a, s)).toBe(expected);
    tf.dispose([a, s]);
  });

  it('is usual where no examples are held out', async () => {
    const without = [vectorTask('a', 0, { validation: 0 })];
    const [chosen, given] = [await learnAll(slda(), without), await learnAll(slda({ shrinkage: 0.01 }), without)];
    const inputs = await testInputs(without[0] as (typeof without)[0]);
    expect((await chosen.predictClasses?.(inputs))?.predictions.logits).toEqual((await given.predictClasses?.(inputs))?.predictions.logits);
    chosen.dispose();
    given.dispose();
  });
});
