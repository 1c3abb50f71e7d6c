import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { random } from '../../../src/core/random.js';
import { identify } from '../../../src/difficulty/identify.js';
import { squaredDistance } from '../../../src/difficulty/nearest.js';
import { prototypes, type Prototypes } from '../../../src/difficulty/prototypes.js';
import { tf } from '../../../src/nn/backend.js';
import { solvePositiveDefinite } from '../../../src/nn/positive-definite.js';
import { discriminantsOf } from '../../../src/strategies/par/inference/discriminants.js';
import {
  addScatter,
  covarianceOf,
  noScatter,
  scatterOf,
  type FeatureScatter,
} from '../../../src/strategies/par/inference/feature-scatter.js';
import { betterWay, judgeTask, nothingJudged } from '../../../src/strategies/par/inference/judge.js';
import {
  finderFor,
  inferenceFromArrays,
  inferenceToArrays,
  inferenceWith,
  whitenedNoise,
} from '../../../src/strategies/par/inference/task-inference.js';

/** Samples of classes around centres in the plane, `spread` wide along each axis. */
function samples(seed: number, centres: readonly [number, number][], count: number, spread: readonly [number, number]) {
  const source = random(seed, 'samples');
  const labels = Int32Array.from({ length: centres.length * count }, (_, i) => i % centres.length);
  const features = new Float32Array(2 * labels.length);
  labels.forEach((label, i) => {
    const [x, y] = centres[label] ?? [0, 0];
    features.set([x + spread[0] * source.normal(), y + spread[1] * source.normal()], 2 * i);
  });
  return { features, labels, classes: centres.length, prototypes: prototypes(features, labels, centres.length) };
}

describe('how features scatter', () => {
  it('is summed about the means of classes, over tasks too', () => {
    // class 0: (0,0), (2,0) about (1,0); class 1: (0,1), (0,5) about (0,3); a class of one example adds nothing
    const features = Float32Array.of(0, 0, 2, 0, 0, 1, 0, 5, 9, 9);
    const labels = Int32Array.of(0, 0, 1, 1, 2);
    const scatter = scatterOf(features, labels, prototypes(features, labels, 3));
    expect(Array.from(scatter.moment.triangle)).toEqual([2, 0, 8]);
    expect(scatter.degrees).toBe(2);
    const twice = addScatter(scatter, scatter);
    expect([Array.from(twice.moment.triangle), twice.degrees]).toEqual([[4, 0, 16], 4]);
  });

  it('is drawn towards a multiple of the identity as far as the examples call for', () => {
    // S = diag(1, 3) of n = 12: rho = ((1 - 1) 10 + 16) / ((12 + 1 - 1) (10 - 16/2)) = 16/24
    const { sample, shrunk } = covarianceOf({ moment: { size: 2, triangle: Float32Array.of(12, 0, 36) }, degrees: 12 });
    const rho = 16 / 24;
    expect(Array.from(sample.dataSync())).toEqual([1, 0, 0, 3]);
    [(1 - rho) * 1 + rho * 2, 0, 0, (1 - rho) * 3 + rho * 2].forEach((value, i) => expect(shrunk.dataSync()[i]).toBeCloseTo(value, 6));
    tf.dispose([sample, shrunk]);
  });

  it('gives no discriminants where there is none', () => {
    expect(discriminantsOf(noScatter(3))).toBeUndefined();
  });
});

describe('discriminants', () => {
  it('measure distances as Mahalanobis did', () => {
    const scatter: FeatureScatter = { moment: { size: 2, triangle: Float32Array.of(4, 2, 5) }, degrees: 1e9 };
    const space = discriminantsOf({ ...scatter, moment: { size: 2, triangle: scatter.moment.triangle.map((value) => value * 1e9) } });
    // A = [[4, 2], [2, 5]], A^-1 = [[5, -2], [-2, 4]] / 16; x = (1, 1): (5 - 4 + 4) / 16
    const [u = 0, v = 0] = space?.rows(Float32Array.of(1, 1)) ?? [];
    expect(u ** 2 + v ** 2).toBeCloseTo(5 / 16, 5);
  });

  it('choose the class that linear discriminant analysis chooses, and expect its spread', () => {
    const task = samples(3, [[0, 0], [3, 1], [1, 4]], 30, [1, 0.3]); // prettier-ignore
    const scatter = scatterOf(task.features, task.labels, task.prototypes);
    const space = discriminantsOf(scatter);
    const { sample, shrunk } = covarianceOf(scatter);
    const mu = tf.tensor2d(task.prototypes.means, [3, 2]);
    const w = solvePositiveDefinite(shrunk, 0, mu.transpose()).dataSync<'float32'>(); // [2, 3]
    tf.dispose([sample, shrunk, mu]);
    const white = space?.prototypes(task.prototypes) as Prototypes;
    const one = (c: number): Prototypes => ({
      ...white,
      classes: 1,
      means: white.means.slice(2 * c, 2 * c + 2),
      counts: Int32Array.of(30),
    });
    const candidates = [0, 1, 2].map((c) => ({ id: `${c}`, prototypes: one(c), margin: null }));
    fc.assert(
      fc.property(fc.tuple(fc.double({ min: -3, max: 6, noNaN: true }), fc.double({ min: -3, max: 6, noNaN: true })), ([x, y]) => {
        const logits = [0, 1, 2].map((c) => {
          const [a = 0, b = 0] = [w[c], w[3 + c]];
          const [p = 0, q = 0] = task.prototypes.means.subarray(2 * c, 2 * c + 2);
          return x * a + y * b - (p * a + q * b) / 2;
        });
        const [first = 0, second = 0] = [...logits].sort((i, j) => j - i);
        fc.pre(first - second > 1e-3); // apart from rounding
        const [found] = identify(space?.rows(Float32Array.of(x, y)) ?? new Float32Array(0), candidates);
        expect(found?.nearest).toBe(`${logits.indexOf(first)}`);
      }),
    );
    const meanSquare = white.variances.reduce((sum, value) => sum + value, 0) / 3;
    const rows = space?.rows(task.features) ?? new Float32Array(0);
    const real = task.labels.reduce((sum, label, i) => {
      const [dx, dy] = [0, 1].map((d) => (rows[2 * i + d] ?? 0) - (white.means[2 * label + d] ?? 0)) as [number, number];
      return sum + (dx ** 2 + dy ** 2) / task.labels.length;
    }, 0);
    expect(meanSquare).toBeCloseTo(real, 4);
  });
});

describe('the noise of whitened distances', () => {
  const of = (directions: number, ...counts: number[]) => whitenedNoise({ counts: Int32Array.from(counts) }, directions);

  it('falls with examples and directions, and is unknown of few examples', () => {
    expect(of(8, 4)).toBeCloseTo(Math.sqrt((2 / 32) * (1 + 1 / 8)) / (1 + 1 / 4), 12);
    expect(of(8, 4, 16)).toBeCloseTo(((of(8, 4) ?? NaN) + (of(8, 16) ?? NaN)) / 2, 12);
    expect(of(8, 4, 3)).toBeNull();
  });

  it.each([
    [20, 100],
    [8, 300],
  ])('is the deviation that drawn examples and pairs of prototypes of %d examples in %d directions have', (n, size) => {
    const source = random(5, 'noise', n);
    const normals = (scale: number) => Float32Array.from({ length: size }, () => scale * source.normal());
    const logarithms = Array.from({ length: 2000 }, () => {
      const [x, one, other] = [normals(1), normals(1 / Math.sqrt(n)), normals(1 / Math.sqrt(n))];
      return Math.log(squaredDistance(x, 0, one, 0, size) / squaredDistance(x, 0, other, 0, size)) / 2;
    });
    const deviation = Math.sqrt(logarithms.reduce((sum, value) => sum + value ** 2, 0) / logarithms.length);
    expect(deviation / (of(size, n) ?? NaN)).toBeCloseTo(1, 1);
  });
});

/** Two tasks of one class each, apart along y where classes are narrow, and hidden by a wide x. */
const wide = [8, 0.1] as const;
const here = samples(1, [[0, 0]], 200, wide);
const there = samples(2, [[0, 2]], 200, wide);

describe('the choice between prototypes and discriminants', () => {
  const first = inferenceWith(undefined, here, [], random(0, 'first'));
  const both = inferenceWith(first, there, [here.prototypes], random(0, 'second'));
  const candidates = [
    { id: 'here', prototypes: here.prototypes, margin: null },
    { id: 'there', prototypes: there.prototypes, margin: null },
  ];

  it('is by validation examples that were held out', () => {
    expect(both.judged.examples).toBe(400);
    expect(both.judged.right.lda).toBe(400);
    expect(both.judged.right.prototypes).toBeLessThan(380);
    expect(betterWay(both.judged)).toBe('lda');
    expect(betterWay({ ...nothingJudged, right: { prototypes: 3, lda: 3 } })).toBe('prototypes');
    expect(finderFor(both, candidates, 'validation').way).toBe('lda');
  });

  it('can be made by hand, and is prototypes where nothing else is kept', () => {
    expect(finderFor(both, candidates, 'prototypes').way).toBe('prototypes');
    expect(finderFor(first, candidates, 'lda').way).toBe('lda');
    expect(finderFor(undefined, candidates, 'validation')).toMatchObject({ way: 'prototypes', judged: null });
    expect(finderFor({ ...first, scatter: noScatter(2) }, candidates, 'lda').way).toBe('prototypes');
  });

  it('finds tasks of new examples, and abstains on what is far and what lies between', () => {
    const fresh = samples(9, [[0, 2]], 200, wide);
    const answers = finderFor(both, candidates, 'validation').identify(fresh.features);
    expect(answers.filter(({ nearest }) => nearest === 'there')).toHaveLength(200);
    const answered = answers.filter(({ task }) => task === 'there').length; // along one axis 16 % of normal examples are beyond twice their variance
    expect(answered).toBeGreaterThan(150);
    expect(answered).toBeLessThan(190);
    const twins = [...candidates, { id: 'twin', prototypes: there.prototypes, margin: null }];
    const [far, between] = finderFor(both, twins, 'lda').identify(Float32Array.of(0, 40, 0, 2));
    expect(far).toMatchObject({ task: null, nearest: 'there', abstained: expect.stringContaining('far from all tasks') as unknown });
    expect(between?.abstained).toContain('about as near to task twin as to task there');
  });

  it('judges a task without what is judged: examples of noise are found no better than by chance', () => {
    const noise = (seed: number) => samples(seed, [[0, 0]], 200, [1, 1]);
    const [old, young] = [noise(11), noise(12)];
    const { right, examples } = judgeTask(young, [old.prototypes], scatterOf(old.features, old.labels, old.prototypes), random(0, 'noise'));
    for (const way of ['prototypes', 'lda'] as const) expect(right[way] / examples).toBeLessThan(0.62);
  });

  it('comes back from arrays as it was', () => {
    expect(inferenceFromArrays(inferenceToArrays(both), 2, 'here')).toEqual(both);
    expect(() => inferenceFromArrays(inferenceToArrays(both), 3, 'here')).toThrow('here: 6 numbers expected, found 3');
  });
});
