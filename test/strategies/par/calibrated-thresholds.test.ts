import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibratedThresholds, type KnownDistances } from '../../../src/strategies/par/calibrated-thresholds.js';
import { keepDistances, knownDistances } from '../../../src/strategies/par/known-distances.js';
import { prototypes } from '../../../src/difficulty/prototypes.js';
import { emptyMemory } from '../../../src/experts/memory.js';
import { par } from '../../../src/strategies/par/par.js';
import { tinyPar, tinyTask } from '../../support/tiny-tasks.js';
import { eventsOf, ofType } from '../tiny-strategies.js';

const given = { regularizeThreshold: 0.5, allocateThreshold: 0.75 };
const pair = (i: number, j: number, divergence: number) => ({ tasks: [i, j] as const, divergence });

describe('calibrated thresholds', () => {
  it('lie half way between the noise floor and the nearest other task, and at the farthest nearest one', () => {
    // nearest others: task 0 at 0.6, task 1 at 0.6, task 2 at 0.9; mean 0.7
    const known = { noiseFloors: [0.05, 0.1], pairs: [pair(1, 0, 0.6), pair(2, 0, 0.9), pair(2, 1, 0.95)] };
    const found = calibratedThresholds(known, given);
    expect(found).toMatchObject({ regularize: 0.4, allocate: 0.9, same: 0.1 });
    expect(found.different).toBeCloseTo(0.7, 12);
    expect(found.why).toBe(
      'Thresholds 0.4 and 0.9 are calibrated: half way between the noise floor, 0.100, and the 0.700 that known tasks are from their nearest on average; ' +
        'and the farthest that one is.',
    );
  });

  it('take no distance that two halves of one task have for one between tasks', () => {
    const repeated = { noiseFloors: [0.1], pairs: [pair(1, 0, 0.8), pair(2, 0, 0.1), pair(2, 1, 0.8)] };
    expect(calibratedThresholds(repeated, given)).toMatchObject({
      regularize: 0.45,
      allocate: 0.8,
      different: expect.closeTo(0.8, 12) as unknown,
    });
  });

  it('are those of the options as long as nothing is known of noise, or of two tasks that differ', () => {
    const of = (noiseFloors: number[], ...pairs: KnownDistances['pairs']) => calibratedThresholds({ noiseFloors, pairs }, given);
    expect(of([], pair(1, 0, 0.9))).toMatchObject({ regularize: 0.5, allocate: 0.75, same: null, different: null });
    expect(of([0.1])).toMatchObject({ regularize: 0.5, allocate: 0.75, same: 0.1, different: null });
    expect(of([0.1], pair(1, 0, 0.1)).why).toContain('no two known tasks differ by more than the noise floor, 0.100');
  });

  it('are in order, above the noise floor, and the same for the same tasks in another order', () => {
    const distance = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(distance, { minLength: 1, maxLength: 4 }), fc.array(distance, { minLength: 6, maxLength: 6 }), (floors, d) => {
        const [a = 0, b = 0, c = 0, e = 0, f = 0, g = 0] = d;
        const pairs = [pair(1, 0, a), pair(2, 0, b), pair(2, 1, c), pair(3, 0, e), pair(3, 1, f), pair(3, 2, g)];
        const found = calibratedThresholds({ noiseFloors: floors, pairs }, given);
        const turned = pairs.map(({ tasks: [i, j], divergence }) => pair(3 - i, 3 - j, divergence)).reverse();
        const again = calibratedThresholds({ noiseFloors: [...floors].reverse(), pairs: turned }, given);
        expect([again.regularize, again.allocate, again.same]).toEqual([found.regularize, found.allocate, found.same]);
        if (found.different === null) return;
        expect(found.allocate).toBeGreaterThanOrEqual(found.regularize);
        expect(found.regularize).toBeGreaterThanOrEqual((found.same ?? 0) - 5e-4); // rounded to three decimals
      }),
    );
  });
});

describe('distances that are kept', () => {
  const own = prototypes(Float32Array.of(0, 1), Int32Array.of(0, 0), 1);
  const ref = (index: number, domain: 'image' | 'vector' = 'vector') => ({
    ...{ id: `${index}`, index, name: '', classes: ['a'], normalization: null },
    input: { domain, shape: domain === 'vector' ? [1] : [4, 4, 1], dtype: 'float32' as const },
  });
  const difficulty = (divergence: readonly number[], noiseFloor: number | null) => ({ prototypes: own, divergence, noiseFloor });

  it('come back as they were, but for tasks that cannot be compared', () => {
    let memory = emptyMemory;
    for (const [divergence, floor] of [
      [[], 0.25],
      [[0.5], null],
      [[1, 1], 0.125],
      [[0.75, 0.25, 1], 0.0625],
    ] as const) {
      memory = { ...memory, kept: { ...memory.kept, ...keepDistances(memory, difficulty(divergence, floor)) } };
    }
    const known = [ref(0), ref(1), ref(2, 'image'), ref(3)].map((task) => ({ ref: task, prototypes: own }));
    expect(knownDistances(memory, ref(4), known, difficulty([], 0.5))).toEqual({
      noiseFloors: [0.25, 0.0625, 0.5],
      pairs: [pair(1, 0, 0.5), pair(3, 0, 0.75), pair(3, 1, 0.25)],
    });
  });
});

describe('a run with calibrated thresholds', () => {
  // eight validation examples of a class, so that there is a noise floor
  const tasks = [1, 2, 1, 3].map((pattern, i) => tinyTask(`${i}`, pattern, { train: 160, sample: i }));
  const decisions = async (thresholds: 'fixed' | 'calibrated') => {
    const events = await eventsOf(tasks, par({ ...tinyPar, cells: 1, samples: 1, epochs: 1, thresholds }));
    return ofType(events, 'decision-made').map(({ decision }) => decision);
  };

  it('says what they were and why, and joins the expert of a task that comes again', async () => {
    const [first, second, again, other] = await decisions('calibrated');
    expect(first).not.toHaveProperty('calibrated'); // nothing to compare with
    expect(second?.calibrated).toMatchObject({ regularize: 0.5, allocate: 0.75, different: null });
    expect(again).toMatchObject({ kind: 'regularize', expert: 'e0', threshold: again?.calibrated?.regularize });
    expect(again?.reason).toContain(again?.calibrated?.why ?? '?');
    expect(other?.calibrated?.same).toBeGreaterThanOrEqual(again?.calibrated?.same ?? 1);
    expect(other?.kind).not.toBe('regularize');
  });

  it('fixed ones are said nothing of', async () => {
    for (const decision of await decisions('fixed')) expect(decision).not.toHaveProperty('calibrated');
  });
});
