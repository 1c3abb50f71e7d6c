import { describe, expect, it } from 'vitest';
import { stabilityGaps, stabilityMetrics, type TrackedPoint } from '../../src/metrics/stability.js';

const point = (task: number, on: number, accuracy: number | null, phase: TrackedPoint['phase'] = 'train', epoch = 1): TrackedPoint => ({
  ...{ task, on, accuracy, phase, epoch },
});

/** Three tasks: task 1 pulls task 0 down to 0.4 and ends at 0.7; task 2 leaves task 0 alone and lowers task 1 to 0.6. */
const story: TrackedPoint[] = [
  ...[point(0, 0, 0.5), point(0, 0, 0.9, 'kept')],
  ...[point(1, 0, 0.4), point(1, 1, 0.6), point(1, 0, 0.8, 'train', 2), point(1, 1, 0.9, 'train', 2)],
  ...[point(1, 0, 0.7, 'kept', 2), point(1, 1, 1, 'kept', 2)],
  ...[point(2, 1, 0.6), point(2, 2, 0.5), point(2, 1, 0.8, 'kept'), point(2, 2, 0.75, 'kept')],
];

describe('accuracy during training', () => {
  it('tells for every task that was changed how far it fell on the way', () => {
    const gaps = stabilityGaps(story, 3);
    expect(gaps).toEqual([
      { task: 1, on: 0, before: 0.9, lowest: 0.4, after: 0.7, gap: 0.5 },
      { task: 2, on: 1, before: 1, lowest: 0.6, after: 0.8, gap: 0.4 },
    ]);
  });

  it('gives min-ACC, WC-ACC and the mean gap as computed by hand', () => {
    const { minAccuracy, worstCaseAccuracy, stabilityGap } = stabilityMetrics(story, 3);
    expect(minAccuracy.value).toBeCloseTo((0.4 + 0.6) / 2, 12);
    expect(worstCaseAccuracy.value).toBeCloseTo(0.75 / 3 + (2 / 3) * 0.5, 12);
    expect(stabilityGap.value).toBeCloseTo((0.5 / 1 + (0 + 0.4) / 2) / 2, 12);
  });
});

/** Points of one task on one: epochs 1, 2, …, then what was kept. */
function points(task: number, on: number, ...accuracies: (number | null)[]): TrackedPoint[] {
  return accuracies.map((accuracy, i) => {
    const last = i === accuracies.length - 1;
    return { task, on, phase: last ? 'kept' : 'train', epoch: last ? i : i + 1, accuracy };
  });
}

/** Task 1 dents task 0 and it recovers; task 2 leaves task 0 alone and makes task 1 better; task 3 changes all. */
const four = [
  ...points(0, 0, 0.5, 0.9, 0.9),
  ...points(1, 0, 0.6, 0.8, 0.88),
  ...points(1, 1, 0.7, 0.95, 0.94),
  ...points(2, 1, 0.95, 0.96, 0.96),
  ...points(2, 2, 0.5, 0.8, 0.82),
  ...points(3, 0, 0.78, 0.84, 0.84),
  ...points(3, 1, 0.9, 0.86, 0.91),
  ...points(3, 2, 0.82, 0.72, 0.8),
  ...points(3, 3, 0.6, 0.98, 0.97),
];

describe('accuracy during training of four tasks, by hand', () => {
  it('gives before, lowest, kept and gap of each pair whose predictions changed', () => {
    const gaps = stabilityGaps(four, 4).map(({ gap, ...pair }) => ({ ...pair, gap: Number(gap?.toFixed(6)) }));
    expect(gaps).toEqual([
      { task: 1, on: 0, before: 0.9, lowest: 0.6, after: 0.88, gap: 0.3 },
      { task: 2, on: 1, before: 0.94, lowest: 0.95, after: 0.96, gap: -0.01 },
      { task: 3, on: 0, before: 0.88, lowest: 0.78, after: 0.84, gap: 0.1 },
      { task: 3, on: 1, before: 0.96, lowest: 0.86, after: 0.91, gap: 0.1 },
      { task: 3, on: 2, before: 0.82, lowest: 0.72, after: 0.8, gap: 0.1 },
    ]);
  });

  it('gives min-ACC, WC-ACC and the mean stability gap', () => {
    const { minAccuracy, worstCaseAccuracy, stabilityGap } = stabilityMetrics(four, 4);
    // lowest after they were learned: .60, .86, .72
    expect(minAccuracy.value).toBeCloseTo(2.18 / 3, 12);
    // a quarter of .97, three quarters of the above
    expect(worstCaseAccuracy.value).toBeCloseTo(0.2425 + 0.545, 12);
    // task 1: .3; task 2: (0 + -.01) / 2; task 3: (.1 + .1 + .1) / 3
    expect(stabilityGap.value).toBeCloseTo((0.3 - 0.005 + 0.1) / 3, 12);
  });

  it('counts a task that is left alone with what it had when it was learned', () => {
    const apart = [...points(0, 0, 0.5, 0.9), ...points(1, 1, 0.8, 0.7), ...points(2, 2, 0.1, 1)];
    const { minAccuracy, worstCaseAccuracy, stabilityGap } = stabilityMetrics(apart, 3);
    expect(stabilityGaps(apart, 3)).toEqual([]);
    expect(minAccuracy.value).toBeCloseTo(0.8, 12);
    expect(worstCaseAccuracy.value).toBeCloseTo(1 / 3 + (2 / 3) * 0.8, 12);
    expect(stabilityGap.value).toBe(0);
  });

  it('does not count the time before a task was left: what it had when it was learned is not after it', () => {
    const better = [...points(0, 0, 0.6), ...points(1, 0, 0.8, 0.7), ...points(1, 1, 0.9)];
    expect(stabilityMetrics(better, 2).minAccuracy.value).toBe(0.7);
  });

  it('is undefined, with the reason, for one task and where something was not measured', () => {
    for (const metric of Object.values(stabilityMetrics(points(0, 0, 0.9, 0.9), 1))) {
      expect(metric).toMatchObject({ value: null, reason: 'needs at least 2 tasks, found 1' });
    }
    const blind = [...points(0, 0, 0.9), ...points(1, 0, null, 0.9), ...points(1, 1, 0.8)];
    const { minAccuracy, worstCaseAccuracy, stabilityGap } = stabilityMetrics(blind, 2);
    expect(minAccuracy).toMatchObject({ value: null, reason: 'task 0 was not measured at every time after it was learned' });
    expect(worstCaseAccuracy.value).toBeNull();
    expect(stabilityGap).toMatchObject({
      value: null,
      reason: 'task 0 was not measured at every time before and while task 1 was learned',
    });
    const unlearned = [...points(0, 0, 0.9), ...points(1, 0, 0.8)];
    expect(stabilityMetrics(unlearned, 2)).toMatchObject({
      minAccuracy: { value: 0.8 },
      worstCaseAccuracy: { value: null, reason: 'task 1 was not measured when it was learned' },
    });
    expect(stabilityMetrics([], 0).minAccuracy.reason).toBe('needs at least 2 tasks, found 0');
  });
});
