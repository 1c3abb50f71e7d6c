import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/strategies/par/decide.js';
import type { Group } from '../../../src/strategies/par/decisions/numbers.js';
import { parOptionsSchema } from '../../../src/strategies/par/options.js';

const options = parOptionsSchema.parse({});
const group = (expert: string, divergences: number[], more: Partial<Group> = {}): Group => ({
  expert,
  tasks: divergences.map((divergence, i) => ({ id: `${expert}-task${i}`, divergence })),
  largestTrain: 1000,
  fit: 'join',
  ...more,
});

describe('decide (PAR section 3)', () => {
  it('searches for the first task', () => {
    expect(decide(1000, [], null, options)).toMatchObject({ kind: 'search', threshold: null, divergences: {} });
  });

  it.each([
    [0.2, { kind: 'regularize', mode: 'distil', expert: 'e0', threshold: 0.5 }],
    [0.5, { kind: 'regularize', mode: 'distil', expert: 'e0' }],
    [0.51, { kind: 'reuse-architecture', from: 'e0', threshold: 0.75 }],
    [0.75, { kind: 'reuse-architecture', from: 'e0' }],
    [0.76, { kind: 'search', threshold: 0.75 }],
  ])('at divergence %d', (divergence, wanted) => {
    expect(decide(1000, [group('e0', [divergence])], 0.01, options)).toMatchObject({
      ...wanted,
      divergence,
      nearest: 'e0-task0',
      noiseFloor: 0.01,
    });
  });

  it('takes the nearest group by the mean over its tasks, or by the least or largest', () => {
    const groups = [group('e0', [0.1, 0.7]), group('e1', [0.3, 0.3])];
    const chosen = (groupDistance: 'mean' | 'min' | 'max') => decide(1000, groups, null, { ...options, groupDistance });
    expect(chosen('mean')).toMatchObject({ expert: 'e1', divergence: 0.3 });
    expect(chosen('min')).toMatchObject({ expert: 'e0', divergence: 0.1 });
    expect(chosen('max')).toMatchObject({ expert: 'e1', divergence: 0.3 });
  });

  it.each([1e-9, -1e-9])('takes the expert known earliest of two that differ by the last bits alone (%d)', (apart) => {
    for (const [divergence, kind] of [
      [0.3, 'regularize'],
      [0.6, 'reuse-architecture'],
      [0.9, 'search'],
    ] as const) {
      const groups = [group('e0', [divergence + apart, divergence]), group('e1', [divergence, divergence])];
      const decision = decide(1000, [...groups, group('e2', [divergence + 2e-6])], null, options);
      expect(decision).toMatchObject({ kind, nearest: 'e0-task0', ...(kind === 'regularize' && { expert: 'e0' }) });
      expect(decision.reason).toContain(' from e0 ');
    }
    expect(decide(1000, [group('e0', [0.3 + 2e-6]), group('e1', [0.3])], null, options)).toMatchObject({ expert: 'e1' });
  });

  it('trains only a head when the expert has seen more than twice as many examples', () => {
    expect(decide(499, [group('e0', [0.1])], null, options)).toMatchObject({ kind: 'regularize', mode: 'head-only' });
    expect(decide(500, [group('e0', [0.1])], null, options)).toMatchObject({ kind: 'regularize', mode: 'distil' });
  });

  it('lets a few-shot task reuse the nearest well-trained expert, however far it is', () => {
    const groups = [group('e0', [0.9], { largestTrain: 200 }), group('e1', [0.95], { largestTrain: 250 })];
    expect(decide(25, groups, null, options)).toMatchObject({ kind: 'regularize', mode: 'head-only', expert: 'e1', threshold: null });
    expect(decide(26, groups, null, options)).toMatchObject({ kind: 'search' });
    expect(decide(25, [group('e0', [0.9], { largestTrain: 249 })], null, options)).toMatchObject({ kind: 'search' });
  });

  it('never joins an expert of another input shape, but may copy its architecture', () => {
    expect(decide(1000, [group('e0', [0.1], { fit: 'copy' })], null, options)).toMatchObject({ kind: 'reuse-architecture', from: 'e0' });
    expect(decide(1000, [group('e0', [0.1], { fit: 'none' })], null, options)).toMatchObject({ kind: 'search' });
  });

  it('names the numbers it rests on', () => {
    expect(decide(1000, [group('e0', [0.1234])], null, options).reason).toMatch(/0\.123.*e0.*0\.5/);
  });
});
