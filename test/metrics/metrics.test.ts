import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { computeMetrics, metricNames } from '../../src/metrics/compute-metrics.js';
import { taskForgetting } from '../../src/metrics/forgetting.js';

/** Rows after task, columns on task; with values above the diagonal, as a run has that evaluates tasks before they are learned. */
const RA = [
  [0.9, 0.1, 0.2],
  [0.95, 0.8, 0.3],
  [0.7, 0.5, 0.9],
];
const RB = [
  [0.6, 0.5],
  [0.8, 0.9],
];

const valuesOf = (matrix: readonly (readonly (number | null)[])[], baselines?: number[]) => {
  const metrics = computeMetrics(matrix, baselines && { baselines });
  return Object.fromEntries(metricNames.map((name) => [name, metrics[name].value]));
};

describe('metrics of hand-computed matrices', () => {
  it.each([
    ['averageAccuracy', 0.7],
    ['averageIncrementalAccuracy', (0.9 + (0.95 + 0.8) / 2 + 0.7) / 3],
    ['learningAccuracy', 2.6 / 3],
    ['backwardTransfer', -0.25],
    ['averageForgetting', 0.275],
    ['parForgetting', -0.5 / 3],
    ['forwardTransfer', -0.3],
  ])('three tasks: %s is %d', (name, expected) => {
    expect(valuesOf(RA, [0.5, 0.5, 0.5])[name]).toBeCloseTo(expected, 12);
  });

  it.each([
    ['averageAccuracy', 0.85],
    ['backwardTransfer', 0.2],
    ['averageForgetting', -0.2],
    ['parForgetting', 0.1],
    ['forwardTransfer', 0],
  ])('later learning that helps: %s is %d', (name, expected) => {
    expect(valuesOf(RB, [0.5, 0.5])[name]).toBeCloseTo(expected, 12);
  });

  it('averages what the incremental accuracy averages: rows up to the diagonal', () => {
    expect(valuesOf(RA)['averageIncrementalAccuracy']).toBeCloseTo(0.825, 12);
  });

  it('gives every task but the last its own forgetting, against its best earlier accuracy', () => {
    const [first, second, last] = taskForgetting(RA);
    expect(first).toBeCloseTo(0.25, 12);
    expect(second).toBeCloseTo(0.3, 12);
    expect(last).toBeNull();
  });
});

describe('metrics that are not defined', () => {
  it('has no transfer and no forgetting with one task, and says why', () => {
    const metrics = computeMetrics([[0.9]], { baselines: [0.5] });
    for (const name of ['backwardTransfer', 'averageForgetting', 'forwardTransfer'] as const) {
      expect(metrics[name]).toMatchObject({ value: null, reason: 'needs at least 2 tasks, found 1' });
    }
    expect(metrics.averageAccuracy).toEqual({ value: 0.9, formula: '(1/T) Σ_j R[T-1][j]' });
  });

  it('has no metric at all without tasks', () => {
    for (const metric of Object.values(computeMetrics([])))
      expect(metric).toMatchObject({ value: null, reason: 'no task has been learned' });
  });

  it('has no forward transfer when future tasks were not evaluated', () => {
    const metric = computeMetrics(
      [
        [0.9, null],
        [0.8, 0.9],
      ],
      { baselines: [0.5, 0.5] },
    ).forwardTransfer;
    expect(metric).toMatchObject({ value: null, reason: 'task 1 was not evaluated before it was learned' });
  });

  it('has no forward transfer when a baseline is not known', () => {
    expect(computeMetrics(RA, { baselines: [0.5, 0.5] }).forwardTransfer).toMatchObject({
      value: null,
      reason: 'the baseline of task 2 is not known',
    });
  });

  it('names the missing measurement of a task without test examples, instead of a mean over the others', () => {
    const metrics = computeMetrics([
      [0.9, null],
      [0.8, null],
    ]);
    expect(metrics.averageAccuracy).toMatchObject({ value: null, reason: 'task 1 was not evaluated after task 1' });
    expect(metrics.averageForgetting.value).toBeCloseTo(0.1, 12);
  });

  it('takes NaN for not evaluated', () => {
    expect(computeMetrics([[NaN]]).averageAccuracy).toMatchObject({ value: null, reason: 'task 0 was not evaluated after task 0' });
  });
});

describe('properties of metrics', () => {
  const matrix = fc.integer({ min: 2, max: 7 }).chain((T) => {
    const row = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: T, maxLength: T });
    return fc.array(row, { minLength: T, maxLength: T });
  });

  it('forgetting is at least minus backward transfer, which takes the learned accuracy for the best', () => {
    fc.assert(
      fc.property(matrix, (R) => {
        const values = valuesOf(R);
        expect(values['averageForgetting']).toBeGreaterThanOrEqual(-(values['backwardTransfer'] ?? 0) - 1e-12);
      }),
    );
  });

  it('average accuracy is learning accuracy plus what PAR prints as forgetting', () => {
    fc.assert(
      fc.property(matrix, (R) => {
        const values = valuesOf(R);
        expect(values['averageAccuracy']).toBeCloseTo((values['learningAccuracy'] ?? 0) + (values['parForgetting'] ?? 0), 9);
      }),
    );
  });

  it('the mean of the tasks’ forgetting is the average forgetting', () => {
    fc.assert(
      fc.property(matrix, (R) => {
        const each = taskForgetting(R).flatMap((value) => value ?? []);
        expect(each).toHaveLength(R.length - 1);
        expect(each.reduce((a, b) => a + b, 0) / each.length).toBeCloseTo(valuesOf(R)['averageForgetting'] ?? NaN, 9);
      }),
    );
  });

  it('leaves the matrix as it was and gives the same answer twice', () => {
    fc.assert(
      fc.property(matrix, (R) => {
        const before = structuredClone(R);
        expect(valuesOf(R)).toEqual(valuesOf(R));
        expect(R).toEqual(before);
      }),
    );
  });
});
