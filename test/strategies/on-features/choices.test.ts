import { describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { tf } from '../../../src/nn/backend.js';
import type { FeatureExtractor } from '../../../src/core/features.js';
import type { Task } from '../../../src/core/task.js';
import { vector } from '../../../src/features/vector.js';
import { logSumExp } from '../../../src/metrics/logits.js';
import { ncm } from '../../../src/strategies/ncm/ncm.js';
import { everyFifth, leavingOut } from '../../../src/strategies/on-features/left-out.js';
import { addSquares, noSecondMoment } from '../../../src/strategies/on-features/second-moment.js';
import { addRows, noSums } from '../../../src/strategies/on-features/sums.js';
import type { Strategy } from '../../../src/strategies/strategy.js';
import { ranpac } from '../../../src/strategies/ranpac/ranpac.js';
import { regression } from '../../../src/strategies/ranpac/regression.js';
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

  it('is measured on the last fifth of each class where examples come class by class: as where those come last', () => {
    const source = random(1, 'rows');
    const rows = Array.from({ length: 20 }, () => [source.uniform(), source.uniform(), source.uniform()]);
    const classOf = (i: number) => Math.floor(i / 5);
    const lossesOf = (positions: readonly number[]) =>
      ridgeLosses({
        rows: Float32Array.from(positions.flatMap((i) => rows[i] ?? [])),
        labels: Int32Array.from(positions, classOf),
        classes: 4,
      }).slice(ridges.indexOf(1)); // smaller ones may not be solvable
    const sorted = [...rows.keys()];
    const lastOfClass = (i: number) => i % 5 === 4;
    const heldLast = [...sorted.filter((i) => !lastOfClass(i)), ...sorted.filter(lastOfClass)];
    expect(apart(lossesOf(sorted), lossesOf(heldLast))).toBeLessThan(1e-6);
  });

  it('is not measured where every class has one example', () => {
    expect(ridgeLosses({ rows: Float32Array.of(1, 2, 3), labels: Int32Array.of(0, 1, 2), classes: 3 })).toEqual(ridges.map(() => 0));
  });

  it('is the next larger one that float32 can solve with, where it cannot with the chosen one', () => {
    const source = random(2, 'rows');
    const [n, size] = [12, 400];
    const rows = Float32Array.from({ length: n * size }, () => 100 * source.uniform());
    const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
    const { sums, counts } = addRows(noSums(3, size), rows, labels);
    const totals = { classes: { names: ['a', 'b', 'c'], size, sums, counts }, moment: addSquares(noSecondMoment(size), rows) };
    expect(() => regression(totals, [1e-8])).toThrow('positive definite');
    expect(regression(totals, [1e-8, 1e5])).toEqual(regression(totals, [1e5]));
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

describe('probabilities without validation examples', () => {
  /** Features in which the classes overlap. */
  const columns: FeatureExtractor = {
    ...vector(),
    name: 'two columns',
    size: () => 2,
    extract: ({ inputs }) =>
      Promise.resolve(Float32Array.from({ length: inputs.length / 3 }, (_, i) => inputs[6 * (i >> 1) + (i & 1)] ?? NaN)),
  };

  /** Mean loss on test examples of both tasks, of their heads with a temperature, and the temperature. */
  async function learned(strategy: Strategy, given: readonly Task[]) {
    await learnAll(strategy, given, { seed: 0, features: columns });
    let [loss, count] = [0, 0];
    let temperature = 1;
    for (const task of given) {
      const inputs = await testInputs(task);
      const predictions = await strategy.predict(task, inputs);
      temperature = predictions.temperature ?? NaN;
      inputs.labels.forEach((label, i) => {
        const row = predictions.logits.subarray(3 * i, 3 * i + 3).map((logit) => logit / temperature);
        loss += logSumExp(row) - (row[label] ?? NaN);
      });
      count += inputs.labels.length;
    }
    strategy.dispose();
    return { loss: loss / count, temperature };
  }

  it.each([
    ['ncm', () => ncm()],
    ['slda', () => slda()],
    ['ranpac', () => ranpac({ projection: 12 })],
  ])('are fitted on training examples that are left out: %s', async (_, create) => {
    const of = (validation: number) => ['a', 'b'].map((id, i) => vectorTask(id, i, { train: 300, validation }));
    const [measured, without] = [await learned(create(), of(150)), await learned(create(), of(0))];
    expect(Math.abs(Math.log(without.temperature / measured.temperature))).toBeLessThan(Math.log(1.5));
    expect(without.loss).toBeLessThan(measured.loss + 0.02);
  });

  it('have temperature 1 where a class has too few examples to leave any out', async () => {
    const few = [vectorTask('a', 0, { train: 12, validation: 0 })];
    expect((await learned(ncm(), few)).temperature).toBe(1);
  });

  it('leave out sums as they would be without the examples', () => {
    const source = random(0, 'left out');
    const [n, width] = [40, 5];
    const rows = Float32Array.from({ length: n * width }, () => source.normal());
    const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
    const out = everyFifth({ rows, labels }, width);
    expect(Array.from(out.labels)).toEqual([0, 1, 2, 0, 1, 2]);
    const positions = [12, 13, 14, 27, 28, 29]; // the fifth and tenth of each class
    expect(Array.from(out.rows)).toEqual(positions.flatMap((row) => Array.from(rows.subarray(row * width, (row + 1) * width))));
    const rest = [...labels.keys()].filter((row) => !positions.includes(row));
    const sumsOf = (at: readonly number[]) => {
      const some = Float32Array.from(at.flatMap((row) => Array.from(rows.subarray(row * width, (row + 1) * width))));
      const own = Int32Array.from(at, (row) => labels[row] ?? 0);
      return { sums: addRows(noSums(3, width), some, own), moment: addSquares(noSecondMoment(width), some) };
    };
    const [left, expected] = [leavingOut(sumsOf([...labels.keys()]), out), sumsOf(rest)];
    expect(left.sums.counts).toEqual(expected.sums.counts);
    expect(apart(left.sums.sums, expected.sums.sums)).toBeLessThan(1e-5);
    expect(apart(left.moment.triangle, expected.moment.triangle)).toBeLessThan(1e-5);
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
