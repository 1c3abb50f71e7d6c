import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { divergence, divergences } from '../../src/difficulty/divergence.js';
import { estimator, estimatorNames } from '../../src/difficulty/estimators.js';
import { noiseFloor } from '../../src/difficulty/noise-floor.js';
import { prototypes, prototypesFromArrays, prototypesToArrays } from '../../src/difficulty/prototypes.js';
import { backend } from '../../src/nn/backend.js';

interface Sampled {
  readonly features: Float32Array;
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Gaussian classes of `counts[c]` samples. */
function sampled(seed: number, counts: readonly number[], size: number, spread = 1): Sampled {
  const source = random(seed, 'features');
  const centres = counts.map(() => Float32Array.from({ length: size }, () => 3 * source.normal()));
  const labels = Int32Array.from(counts.flatMap((count, c) => new Array<number>(count).fill(c)));
  const features = new Float32Array(labels.length * size);
  labels.forEach((label, sample) => {
    for (let d = 0; d < size; d++) features[sample * size + d] = (centres[label]?.[d] ?? 0) + spread * source.normal();
  });
  return { features, labels, classes: counts.length };
}

const own = ({ features, labels, classes }: Sampled) => prototypes(features, labels, classes);
const repaired = { zeroDivergence: 'repaired' } as const;
const published = { zeroDivergence: 'published' } as const;

/** Formulas of PAR section 2, term by term. */
function naive(task: Sampled, mine: Float32Array, theirs: Float32Array, size: number): number[] {
  const norm = (sample: number, means: Float32Array, c: number) =>
    Math.hypot(...Array.from({ length: size }, (_, d) => (task.features[sample * size + d] ?? 0) - (means[c * size + d] ?? 0)));
  return Array.from({ length: task.classes }, (_, c) => {
    const logs = [...task.labels.keys()]
      .filter((sample) => task.labels[sample] === c)
      .map((sample) => {
        const others = Array.from({ length: theirs.length / size }, (__, k) => norm(sample, theirs, k));
        return Math.log(Math.min(...others) / norm(sample, mine, c));
      });
    return logs.reduce((sum, value) => sum + value, 0) / logs.length;
  });
}

describe('prototypes', () => {
  it('are means and variances by class', () => {
    const { means, variances, counts, size } = prototypes(Float32Array.of(1, 2, 3, 6, 10, 20), Int32Array.of(0, 0, 2), 3);
    expect(size).toBe(2);
    expect([...means]).toEqual([2, 4, 0, 0, 10, 20]);
    expect([...variances]).toEqual([1, 4, 0, 0, 0, 0]);
    expect([...counts]).toEqual([2, 0, 1]);
  });

  it('survive a snapshot', () => {
    const before = own(sampled(1, [3, 1], 5));
    expect(prototypesFromArrays(prototypesToArrays(before), 'prototypes/0')).toEqual(before);
    expect(() => prototypesFromArrays({ means: { shape: [2, 5], data: before.means } }, 'prototypes/0')).toThrow(
      /prototypes\/0: means \[C, D\], .* found means \[2, 5\]/,
    );
  });

  it.each([
    ['NaN features', Float32Array.of(1, 2, NaN, 4), Int32Array.of(0, 1), /sample 1: finite features expected/],
    ['a label out of range', Float32Array.of(1, 2), Int32Array.of(0, 2), /sample 1: a label in 0..1 expected, found 2/],
    ['lengths that do not fit', Float32Array.of(1, 2, 3), Int32Array.of(0, 1), /multiple of 2 numbers expected.* found 3/],
  ])('refuse %s', (_, features, labels, message) => {
    expect(() => prototypes(features, labels, 2)).toThrow(message);
  });
});

describe('divergence', () => {
  it('is the published formula, for one old task and several at once', () => {
    const task = sampled(1, [6, 9, 7], 8, 2);
    const olds = [own(sampled(2, [5, 5], 8)), own(sampled(3, [4, 4, 4, 4], 8))];
    const all = divergences(task.features, task.labels, own(task), olds, repaired);
    olds.forEach((old, i) => {
      const wanted = naive(task, own(task).means, old.means, 8);
      const s = wanted.reduce((sum, d) => sum + Math.max(0, d), 0);
      // Alone and at once are two matrix products, whose last bits may differ. A squared distance is off by at most 10 * 2^-24 of |x| |p|, which is
      // about as large here, and its logarithm by half of that: 3e-7.
      for (const measured of [all[i], divergence(task.features, task.labels, own(task), old, repaired)]) {
        wanted.forEach((d, c) => expect(measured?.perClass[c]).toBeCloseTo(d, 6));
        expect(measured?.sum).toBeCloseTo(s, 6);
        expect(measured?.divergence).toBeCloseTo(Math.min(s, 1 - Math.exp(-2 * s)), 6);
      }
    });
  });

  it('is the published formula against old tasks of any numbers of classes, absent ones among them, near and far', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 }).filter((all) => all.some((count) => count > 0));
    const olds = fc.array(fc.record({ counts, near: fc.boolean() }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), olds, (seed, all) => {
        const [size, task] = [7, sampled(seed, [4, 6], 7)];
        const mine = own(task);
        const others = all.map(({ counts: present, near }, i) => {
          const other = own(sampled(seed + 1 + i, present, size));
          if (near)
            other.means.set(
              mine.means.subarray(0, size).map((value) => value + 1e-3),
              size * present.findIndex((count) => count > 0),
            );
          return other;
        });
        const measured = divergences(task.features, task.labels, mine, others, repaired);
        others.forEach((other, i) => {
          const rows = [...other.counts.keys()].filter((c) => (other.counts[c] ?? 0) > 0);
          const theirs = Float32Array.from(rows.flatMap((c) => [...other.means.subarray(c * size, (c + 1) * size)]));
          const expected = naive(task, mine.means, theirs, size);
          expect(measured[i]?.perClass).toHaveLength(expected.length);
          expected.forEach((d, c) => {
            expect(measured[i]?.perClass[c]).toBeCloseTo(d, 6);
          });
        });
      }),
    );
  });

  it('keeps its digits where the matrix product cancels', () => {
    const size = 16;
    const task = sampled(4, [8, 8], size, 0.01);
    const far = { ...task, features: task.features.map((value) => value + 1000) };
    const old = own(sampled(5, [8, 8], size, 0.01));
    const moved = { ...old, means: own(far).means.map((value, i) => value + (i % 3) * 0.01) };
    const measured = divergence(far.features, far.labels, own(far), moved, repaired);
    naive(far, own(far).means, moved.means, size).forEach((d, c) => expect(measured.perClass[c]).toBeCloseTo(d, 9));
  });

  it('says that an exact repeat is the same task, or as published that it is not', () => {
    const task = sampled(6, [5, 5], 4);
    expect(divergence(task.features, task.labels, own(task), own(task), repaired).divergence).toBe(0);
    expect(divergence(task.features, task.labels, own(task), own(task), published).divergence).toBe(1);
  });

  it('says so of tasks of all but equal samples too', () => {
    const task = sampled(851453, [4, 3, 6, 3], 6, 1e-6);
    expect(divergence(task.features, task.labels, own(task), own(task), repaired).divergence).toBe(0);
  });

  it('gives a class with one sample, or nothing but duplicates, the spread of the others', () => {
    // Class 0: four samples at distance 1 from (0, 0). Class 1: one at (10, 0). Class 2: three times (0, 10).
    const features = Float32Array.of(1, 0, -1, 0, 0, 1, 0, -1, 10, 0, 0, 10, 0, 10, 0, 10);
    const labels = Int32Array.of(0, 0, 0, 0, 1, 2, 2, 2);
    const task = prototypes(features, labels, 3);
    const old = { ...task, means: Float32Array.of(0, 0, 12, 0, 0, 13) };
    const measured = divergence(features, labels, task, old, repaired);
    expect(measured.perClass[0]).toBeCloseTo(0, 9);
    expect(measured.perClass[1]).toBeCloseTo(Math.log(2), 9);
    expect(measured.perClass[2]).toBeCloseTo(Math.log(3), 9);
  });

  it('counts a class without samples for nothing, on either side', () => {
    const task = sampled(7, [5, 0, 5], 4);
    const old = own(sampled(8, [0, 6], 4));
    const measured = divergence(task.features, task.labels, own(task), old, repaired);
    expect(measured.perClass[1]).toBe(0);
    const wanted = naive(task, own(task).means, old.means.subarray(4), 4);
    expect(measured.perClass[0]).toBeCloseTo(wanted[0] ?? NaN, 6);
  });

  it('refuses features of another length and an old task without prototypes', () => {
    const task = sampled(9, [3], 4);
    expect(() => divergence(task.features, task.labels, own(task), own(sampled(9, [3], 5)), repaired)).toThrow(
      /features: length 5 expected, that of task 0, found 4/,
    );
    expect(() => divergence(task.features, task.labels, own(task), own(sampled(9, [0], 4)), repaired)).toThrow();
  });

  it('copes with prototypes of 10,000 classes and frees what it used', () => {
    const size = 64;
    const task = sampled(10, [8, 8], size);
    const source = random(11);
    const classes = 10_000;
    const old = {
      size,
      classes,
      means: Float32Array.from({ length: classes * size }, () => 3 * source.normal()),
      variances: new Float32Array(classes * size),
      counts: new Int32Array(classes).fill(1),
    };
    const before = backend.binding.getNumOfTensors();
    const measured = divergence(task.features, task.labels, own(task), old, repaired);
    expect(backend.binding.getNumOfTensors()).toBe(before);
    naive(task, own(task).means, old.means, size).forEach((d, c) => expect(measured.perClass[c]).toBeCloseTo(d, 6));
  });
});

describe.each(estimatorNames)('estimator %s', (name) => {
  const estimate = estimator(name);
  const tasks = fc.record({
    seed: fc.integer({ min: 0, max: 1e6 }),
    counts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    otherCounts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
    spread: fc.constantFrom(0, 1e-6, 1, 30),
  });

  it('is finite, in [0, 1], and 0 on itself', () => {
    fc.assert(
      fc.property(tasks, ({ seed, counts, otherCounts, spread }) => {
        const task = sampled(seed, counts, 6, spread);
        const others = [own(sampled(seed + 1, otherCounts, 6, spread)), own(task)];
        const [other, itself] = estimate(task.features, task.labels, own(task), others, repaired);
        expect([other, itself].flatMap((d) => [...(d?.perClass ?? [NaN]), d?.sum, d?.divergence]).every(Number.isFinite)).toBe(true);
        expect(other?.divergence).toBeGreaterThanOrEqual(0);
        expect(other?.divergence).toBeLessThanOrEqual(1);
        expect(itself?.divergence).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('does not depend on the order of classes', () => {
    fc.assert(
      fc.property(tasks, ({ seed, counts, otherCounts, spread }) => {
        const task = sampled(seed, counts, 6, spread);
        const other = sampled(seed + 1, otherCounts, 6, spread);
        const turned = (t: Sampled): Sampled => ({ ...t, labels: t.labels.map((label) => t.classes - 1 - label) });
        const measure = (a: Sampled, b: Sampled) => estimate(a.features, a.labels, own(a), [own(b)], repaired)[0]?.divergence;
        // The others are float64 throughout. A distance by matrix product is off by up to 8 * 2^-24 of |x| |p|, which is at most ten times its square.
        const digits = name === 'nearest-prototype' ? 5 : 9;
        expect(measure(turned(task), turned(other))).toBeCloseTo(measure(task, other) ?? NaN, digits);
      }),
      { numRuns: 30 },
    );
  });

  it('tells a near task from a far one', () => {
    const task = sampled(21, [20, 20, 20], 12);
    const shifted = (by: number) => own({ ...task, features: task.features.map((value, i) => value + by * Math.sin(i % 12) * 5) });
    const [near, far] = estimate(task.features, task.labels, own(task), [shifted(0.1), shifted(1)], repaired);
    expect(near?.divergence).toBeGreaterThan(0);
    expect(near?.divergence).toBeLessThan(far?.divergence ?? 0);
  });
});

describe('estimators by hand', () => {
  const lone = (means: readonly number[], variances: readonly number[], size: number, count: number) => ({
    size,
    classes: means.length / size,
    means: Float32Array.from(means),
    variances: Float32Array.from(variances),
    counts: new Int32Array(means.length / size).fill(count),
  });
  const measure = (name: (typeof estimatorNames)[number], a: ReturnType<typeof lone>, b: ReturnType<typeof lone>) =>
    estimator(name)(new Float32Array(0), new Int32Array(0), a, [b], repaired)[0];

  it('cosine: nearest pairs, both ways', () => {
    const a = lone([1, 0, 0, 2], [0, 0, 0, 0], 2, 2);
    const b = lone([3, 0], [0, 0], 2, 2);
    // (1, 0) is 0 from (3, 0), (0, 2) is 1; back (3, 0) is 0 from (1, 0).
    expect(measure('cosine', a, b)?.divergence).toBeCloseTo((0.5 + 0) / 2, 12);
  });

  it('gaussian-kl: two one-class tasks', () => {
    const floor = 0.01 * (1 + 4);
    const [v, w] = [1 + floor, 4 + floor];
    const wanted = (v / w + w / v - 2 + 4 * (1 / v + 1 / w)) / 4;
    expect(measure('gaussian-kl', lone([0], [1], 1, 2), lone([2], [4], 1, 2))?.sum).toBeCloseTo(wanted, 12);
  });

  it('cka: orthogonal patterns are unlike, scaled ones alike', () => {
    const a = lone([1, -1, 0, 0], [0, 0, 0, 0], 4, 2);
    expect(measure('cka', a, lone([0, 0, 1, -1], [0, 0, 0, 0], 4, 2))?.divergence).toBeCloseTo(1, 12);
    expect(measure('cka', a, lone([6, 2, 4, 4], [0, 0, 0, 0], 4, 2))?.divergence).toBe(0);
    // X'Y = [1 * 1] for unit columns at 45 degrees: CKA = (x.y)^2 / (|x|^2 |y|^2) = 1/2.
    expect(measure('cka', a, lone([1, -1, 1, -1], [0, 0, 0, 0], 4, 2))?.divergence).toBeCloseTo(0.5, 12);
  });

  it('names the nearest for a typing error', () => {
    expect(() => estimator('cosin')).toThrow(/one of nearest-prototype, cosine, gaussian-kl, cka expected, found "cosin"/);
  });
});

describe('noise floor', () => {
  const measure = (task: Sampled, seed: number) =>
    noiseFloor(task.features, task.labels, task.classes, estimator('nearest-prototype'), repaired, random(seed, 'noise'));

  it('is small for many samples, repeatable, and null where a class cannot be halved', () => {
    const task = sampled(31, [200, 200], 8);
    const floor = measure(task, 0) ?? NaN;
    // A class's squared distance from the mean of its own half of n = 100 is 1 - 1/n of its variance, from the other half's 1 + 1/n: ln of the
    // ratio of distances is 1/n, 0.02 for two classes, if they lie apart. Where they overlap, another class's prototype may be nearer.
    expect(floor).toBeGreaterThan(0.01);
    expect(floor).toBeLessThan(0.03);
    expect(measure(task, 0)).toBe(floor);
    expect(measure(sampled(31, [200, 3], 8), 0)).toBeNull();
    expect(measure(sampled(31, [4, 4], 8), 0)).not.toBeNull();
  });
});
