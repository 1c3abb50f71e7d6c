import { describe, expect, it } from 'vitest';
import { stabilityGaps, stabilityMetrics, type TrackedPoint } from '../../src/report/stability.js';

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

  it('has no number for what was not measured, and says why', () => {
    const [one] = Object.values(stabilityMetrics(story.slice(0, 2), 1));
    expect(one).toMatchObject({ value: null, reason: 'needs at least 2 tasks, found 1' });
    const blind = stabilityMetrics([...story, point(2, 0, null)], 3);
    expect(blind.minAccuracy).toMatchObject({ value: null, reason: expect.stringContaining('task 0 was not measured') as string });
    expect(blind.worstCaseAccuracy.value).toBeNull();
    expect(blind.stabilityGap.value).toBeNull();
  });
});
