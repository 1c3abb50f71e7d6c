import { describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { tf } from '../../../src/nn/backend.js';
import { routerLoss } from '../../../src/strategies/gates/router-loss.js';
import { gatesOf, routerFromArrays, routerLength, routerToArrays, routerUnits, type Router } from '../../../src/strategies/gates/router.js';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clip = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

/** The published router in float64, written out: logits of one row. */
function logitsOf(x: readonly number[], weights: Float64Array, tasks: number): number[] {
  const p = routerUnits;
  const second = (x.length + 1) * p;
  const hidden = Array.from({ length: p }, (_, j) =>
    clip(
      x.reduce((sum, value, i) => sum + value * (weights[i * p + j] ?? NaN), weights[x.length * p + j] ?? NaN),
      0,
      10,
    ),
  );
  return Array.from({ length: tasks }, (_, t) =>
    clip(
      hidden.reduce((sum, value, j) => sum + value * (weights[second + j * tasks + t] ?? NaN), weights[second + p * tasks + t] ?? NaN),
      -10,
      10,
    ),
  );
}

/** Two inputs, two tasks; of 16 hidden units two do anything: x0 - x1 + 0.5 and 2 x1. */
function byHand(): Router {
  const weights = new Float32Array(routerLength(2, 2));
  const [first, p] = [0, routerUnits];
  weights.set([1, 0], first);
  weights.set([-1, 2], first + p);
  weights.set([0.5], 2 * p);
  weights.set([1, -1, 0.5, 2], 3 * p); // W2, rows of the two units
  weights.set([-0.25, 0.75], 3 * p + 2 * p);
  return { size: 2, tasks: 2, mean: Float32Array.of(1, 2), deviation: Float32Array.of(2, 0.5), weights };
}

describe('a router', () => {
  it('gives the gates that follow from its weights by hand', () => {
    // (3, 2): x = (1, 0), hidden 1.5 and 0, logits 1.25 and -0.75. (1, 2.5): x = (0, 1), hidden 0 (-0.5) and 2, logits 0.75 and 4.75.
    // (1001, 2): x = 500 within 10, hidden 10.5 within 10, logits 9.75 and -9.25. (1, 1002): x1 within 10, hidden 20 within 10, logits 4.75 and 20.75 within 10.
    const gates = gatesOf(byHand(), Float32Array.of(3, 2, 1, 2.5, 1001, 2, 1, 1002));
    const expected = [1.25, -0.75, 0.75, 4.75, 9.75, -9.25, 4.75, 10].map(sigmoid);
    expected.forEach((value, i) => {
      expect(gates[i]).toBeCloseTo(value, 6);
    });
  });

  it('refuses features of another length, and passes on what is no number', () => {
    expect(() => gatesOf(byHand(), new Float32Array(3))).toThrow('features of 2 numbers each expected, found 3 numbers');
    expect(gatesOf(byHand(), Float32Array.of(NaN, 0)).every(Number.isNaN)).toBe(true);
    expect(gatesOf(byHand(), new Float32Array(0))).toHaveLength(0);
  });

  it('has as many gates as tasks in a run, or is refused', () => {
    const arrays = routerToArrays(byHand());
    expect(routerFromArrays(arrays, 2, 'gate')).toEqual(byHand());
    expect(() => routerFromArrays(arrays, 3, 'routers/text-2')).toThrow('routers/text-2: a gate of 3 tasks expected, found one of 2');
    expect(() => routerFromArrays({ ...arrays, weights: { shape: [3], data: new Float32Array(3) } }, 2, 'gate')).toThrow(
      '82 weights expected',
    );
    expect(() => routerFromArrays({ tasks: arrays['tasks'] ?? expect.fail() }, 2, 'gate')).toThrow('found 0, 0 and 0');
  });
});

describe('the loss of a router', () => {
  const [n, size, tasks, decay] = [7, 3, 3, 0.01] as const;
  const source = random(5, 'router-loss');
  const rows = Array.from({ length: n }, () => Array.from({ length: size }, () => source.normal()));
  const owner = rows.map((_, i) => i % tasks);
  const weight = rows.map((_, i) => (1 + i) / 28);
  const weights = Float64Array.from({ length: routerLength(size, tasks) }, () => Math.fround(0.5 * source.normal()));
  /** In float64, by the textbook. */
  const written = (w: Float64Array) => {
    const loss = rows.reduce((sum, row, i) => {
      const alpha = logitsOf(row.map(Math.fround), w, tasks).map(sigmoid);
      return sum - (weight[i] ?? 0) * alpha.reduce((of, a, t) => of + Math.log(owner[i] === t ? a : 1 - a), 0);
    }, 0);
    const second = (size + 1) * routerUnits;
    const maps = [...w.subarray(0, size * routerUnits), ...w.subarray(second, second + routerUnits * tasks)];
    return loss + (decay / 2) * maps.reduce((sum, value) => sum + value * value, 0);
  };

  it('is cross-entropy written out, and its gradient that of small differences', () => {
    const tensors = [
      tf.tensor2d(rows.flat(), [n, size]),
      tf.tensor2d(
        owner.flatMap((of) => [0, 1, 2].map((t) => Number(of === t))),
        [n, tasks],
      ),
      tf.tensor2d(weight, [n, 1]),
    ] as const;
    const [x, y, share] = tensors;
    const { value, gradient } = routerLoss({ x, y, share }, decay)(weights);
    tf.dispose([...tensors]);
    expect(Math.abs(value - written(weights))).toBeLessThan(1e-5); // a few dozen terms of about 1, each off by 2^-24
    const step = 1e-5; // float64: off by step squared and 1e-16 / step
    weights.forEach((at, i) => {
      const there = (by: number) => written(weights.map((w, j) => (j === i ? at + by : w)));
      expect(Math.abs((gradient[i] ?? NaN) - (there(step) - there(-step)) / (2 * step))).toBeLessThan(2e-6);
    });
  });
});
