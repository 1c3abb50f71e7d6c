import { describe, expect, it } from 'vitest';
import type { Task } from '../../../src/core/task.js';
import { lbfgs } from '../../../src/strategies/on-features/lbfgs.js';
import { probe } from '../../../src/strategies/probe/probe.js';
import { standardized } from './reference.js';
import { apart, learnAll, namedRows, size, testInputs, vectorTask } from './vector-tasks.js';

/** Multinomial logistic regression in float64 by as many gradient steps as it takes: weights of each class, the bias last. */
function reference(rows: readonly (readonly number[])[], labels: readonly number[], classes: number, decay: number): number[][] {
  const wide = rows.map((row) => [...row, 1]);
  let w = Array.from({ length: classes }, () => Array<number>(size + 1).fill(0));
  for (let step = 0; step < 4000; step++) {
    const gradient = w.map((own) => own.map((value, i) => (i < size ? decay * value : 0)));
    wide.forEach((row, n) => {
      const powers = w.map((own) => Math.exp(own.reduce((sum, value, i) => sum + value * (row[i] ?? 0), 0)));
      const total = powers.reduce((sum, value) => sum + value, 0);
      powers.forEach((power, c) => {
        const error = (power / total - (labels[n] === c ? 1 : 0)) / wide.length;
        row.forEach((value, i) => ((gradient[c] as number[])[i] = (gradient[c]?.[i] ?? 0) + error * value));
      });
    });
    w = w.map((own, c) => own.map((value, i) => value - 0.5 * (gradient[c]?.[i] ?? 0)));
  }
  return w;
}

describe('the linear probe', () => {
  it('is the minimum of the regression, from any start', async () => {
    const task = vectorTask('a', 0);
    const strategy = await learnAll(probe({ weightDecay: 0.1 }), [task]);
    const raw = await namedRows(task);
    const standardize = standardized(raw);
    const w = reference(
      raw.map(({ row }) => standardize(row)),
      raw.map(({ name }) => task.classes.indexOf(name)),
      3,
      0.1,
    );
    const inputs = await testInputs(task);
    const { logits } = await strategy.predict(task, inputs);
    const expected = Array.from({ length: 20 }, (_, n) => {
      const row = [...standardize(Array.from(inputs.inputs.subarray(n * size, (n + 1) * size))), 1];
      return w.map((own) => own.reduce((sum, value, i) => sum + value * (row[i] ?? 0), 0));
    }).flat();
    expect(apart(logits, expected)).toBeLessThan(1e-3);
    strategy.dispose();
  });

  it('leaves the answers of earlier tasks as they are, and takes tasks of one class or example', async () => {
    const [a, b] = [vectorTask('a', 0), vectorTask('b', 1, { classes: ['only'], train: 4, validation: 0 })] as [Task, Task];
    const strategy = await learnAll(probe(), [a]);
    const inputs = await testInputs(a);
    const before = await strategy.predict(a, inputs);
    await learnAll(strategy, [b]);
    await learnAll(strategy, [vectorTask('c', 2, { train: 3, validation: 0 })]);
    expect(await strategy.predict(a, inputs)).toEqual(before);
    expect((await strategy.predict(b, await testInputs(b))).logits.every(Number.isFinite)).toBe(true);
    expect('predictAll' in strategy).toBe(false);
    strategy.dispose();
  });
});

describe('lbfgs', () => {
  it('finds the minimum of a badly scaled parabola', () => {
    const scales = [1, 100, 1e4];
    const x = lbfgs(
      (at) => ({
        value: at.reduce((sum, value, i) => sum + ((scales[i] ?? 1) / 2) * (value - i) ** 2, 0),
        gradient: at.map((value, i) => (scales[i] ?? 1) * (value - i)),
      }),
      new Float64Array(3),
      { tolerance: 1e-9 },
    );
    [0, 1, 2].forEach((wanted, i) => expect(x[i]).toBeCloseTo(wanted, 5));
  });
});
