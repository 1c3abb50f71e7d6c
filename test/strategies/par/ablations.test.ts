import { describe, expect, it } from 'vitest';
import { par, type ParInput } from '../../../src/strategies/par/par.js';
import { tinyPar, tinyTask } from '../../support/tiny-tasks.js';
import { eventsOf, ofType } from '../tiny-strategies.js';

const stream = [tinyTask('a', 1), tinyTask('b', 2), tinyTask('c', 3)];

async function ablation(options: ParInput) {
  const events = await eventsOf(stream, par({ ...tinyPar, cells: 1, ...options }));
  return {
    kinds: ofType(events, 'decision-made').map(({ decision }) => decision.kind),
    experts: ofType(events, 'expert-added').map(({ expert }) => expert),
    samples: ofType(events, 'candidate-evaluated').map(({ task }) => task),
    phases: ofType(events, 'epoch-ended').map(({ task, phase }) => `${task} ${phase}`),
    losses: ofType(events, 'epoch-ended').map(({ loss }) => loss),
  };
}

describe('ablations of PAR by its options', () => {
  it('regularizeThreshold 1: every task joins the first expert', async () => {
    const { kinds, experts, phases } = await ablation({ regularizeThreshold: 1 });
    expect(kinds).toEqual(['search', 'regularize', 'regularize']);
    expect(experts.map(({ id }) => id)).toEqual(['e0']);
    expect(new Set(phases)).toEqual(new Set(['0 train', '1 distil', '2 distil']));
  });

  it('regularizeThreshold -1: every task gets an expert; with allocateThreshold 1 the first search is the only one', async () => {
    const { kinds, experts, samples } = await ablation({ regularizeThreshold: -1, allocateThreshold: 1 });
    expect(kinds).toEqual(['search', 'reuse-architecture', 'reuse-architecture']);
    expect(experts.map(({ architecture }) => architecture)).toEqual([0, 1, 2].map(() => experts[0]?.architecture));
    expect(new Set(samples)).toEqual(new Set([0]));
  });

  it('both thresholds -1: every task searches', async () => {
    const { kinds, experts, samples } = await ablation({ regularizeThreshold: -1, allocateThreshold: -1 });
    expect(kinds).toEqual(['search', 'search', 'search']);
    expect(experts).toHaveLength(3);
    expect(samples).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('distillation 0: a task that joins an expert trains without the old heads', async () => {
    const losses = async (distillation: number) => (await ablation({ regularizeThreshold: 1, distillation })).losses;
    const [none, almostNone, published] = [await losses(0), await losses(1e-30), await losses(1)];
    // A weight too small for float32 to see gives the loss of the new task alone, by the same operations.
    expect(none).toEqual(almostNone);
    expect(published.slice(0, 2)).toEqual(none.slice(0, 2));
    expect(published[2]).toBeGreaterThan(none[2] ?? NaN);
  });
});
