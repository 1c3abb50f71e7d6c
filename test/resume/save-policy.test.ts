import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StrategyEvent } from '../../src/core/events.js';
import { savePolicy } from '../../src/learner/save-policy.js';

const sample: StrategyEvent = { type: 'candidate-evaluated', task: 0, sample: 1, samples: 2, accuracy: 1, seconds: 1 };
const other: StrategyEvent = { type: 'difficulty-measured', task: 0, divergence: [], noiseFloor: null };

describe('save policy', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds);

  /** A run of steps that each last so long, in which each save takes `cost`: milliseconds in all and for saving, and the number of saves. */
  async function live(steps: readonly number[], cost: number) {
    const policy = savePolicy();
    const [begun, saving] = [performance.now(), { time: 0, saves: 0 }];
    for (const step of steps) {
      pass(step);
      if (!policy.due(sample)) continue;
      await policy.timed(() => Promise.resolve(void pass(cost)));
      saving.time += cost;
      saving.saves += 1;
    }
    return { ...saving, total: performance.now() - begun };
  }

  it('saves after every epoch and sample where that costs little', async () => {
    expect(await live(Array<number>(50).fill(1000), 20)).toMatchObject({ saves: 50 });
  });

  it('never lets saving take more than 2.5 % of the time, once its cost is known', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 300 }),
        async (steps, cost) => {
          const { time, total } = await live(steps, cost);
          expect(time).toBeLessThanOrEqual(0.025 * total + cost);
        },
      ),
    );
  });

  it('comes to use that time: a save of 100 ms every 4 s of short steps', async () => {
    const { saves } = await live(Array<number>(1000).fill(100), 100);
    expect(saves).toBeGreaterThanOrEqual(24);
    expect(saves).toBeLessThanOrEqual(26);
  });

  it('saves after every so many epochs and samples when told to, whatever it costs', async () => {
    const policy = savePolicy(3);
    await policy.timed(() => Promise.resolve(void pass(60_000)));
    const due = [sample, other, sample, sample, sample, other, sample, sample].map((event) => policy.due(event));
    expect(due).toEqual([false, false, false, true, false, false, false, true]);
  });
});
