import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureCalibration } from '../../src/metrics/calibration.js';
import { classRecall } from '../../src/metrics/class-recall.js';

const logit = (p: number) => Math.log(p / (1 - p));

describe('measureCalibration', () => {
  it('gives the hand-computed values of two examples', () => {
    // p = [.8, .2] labelled 0 (right), p = [.3, .7] labelled 0 (wrong)
    const logits = Float32Array.of(logit(0.8), 0, 0, logit(0.7));
    const calibration = measureCalibration(logits, Int32Array.of(0, 0), 2);
    expect(calibration?.nll).toBeCloseTo(-(Math.log(0.8) + Math.log(0.3)) / 2, 6);
    expect(calibration?.brier).toBeCloseTo((0.2 ** 2 + 0.2 ** 2 + 0.7 ** 2 + 0.7 ** 2) / 2, 6);
    expect(calibration?.ece).toBeCloseTo((Math.abs(1 - 0.8) + Math.abs(0 - 0.7)) / 2, 6);
  });

  it('compares confidence and accuracy within a bin, where errors cancel', () => {
    // ten predictions at p = .7, seven of them right: calibrated
    const logits = Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? logit(0.7) : 0));
    const labels = Int32Array.from({ length: 10 }, (_, i) => (i < 7 ? 0 : 1));
    expect(measureCalibration(logits, labels, 2)?.ece).toBeCloseTo(0, 6);
  });

  it('has a noise floor: the error of probabilities that are right, which falls with the number of examples', () => {
    const floor = (n: number, p: number) => {
      const logits = Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? logit(p) : 0));
      return measureCalibration(logits, new Int32Array(n), 2)?.eceNoiseFloor ?? NaN;
    };
    // One bin: the mean of |k/n - p| for a binomial k, which is near sqrt(2 p (1 - p) / (pi n)); of 200 draws known to 0.76 / sqrt(200) = 5 % of it, three times
    // that, and 2 % for n = 100 not being many.
    for (const n of [100, 10_000]) {
      const expected = Math.sqrt((2 * 0.7 * 0.3) / (Math.PI * n));
      expect(Math.abs(floor(n, 0.7) / expected - 1)).toBeLessThan(0.18);
    }
    // Exactly, for two examples: k = 0, 1, 2 with 0.09, 0.42, 0.49, and |k/2 - 0.7| = 0.7, 0.2, 0.3.
    expect(Math.abs(floor(2, 0.7) - (0.09 * 0.7 + 0.42 * 0.2 + 0.49 * 0.3))).toBeLessThan((3 * 0.2) / Math.sqrt(200));
  });

  it('knows equal scores: ln C nats, Brier 1 - 1/C', () => {
    const calibration = measureCalibration(new Float32Array(12), Int32Array.of(0, 1, 2), 4);
    expect(calibration?.nll).toBeCloseTo(Math.log(4), 12);
    expect(calibration?.brier).toBeCloseTo(0.75, 12);
  });

  it('stays finite for huge scores', () => {
    const calibration = measureCalibration(Float32Array.of(1e30, -1e30, -1e4, 1e4), Int32Array.of(0, 1), 2);
    expect(calibration).toEqual({ ece: 0, eceNoiseFloor: 0, nll: 0, brier: 0 });
  });

  it('is not measured without examples or with scores that are not finite', () => {
    expect(measureCalibration(new Float32Array(0), new Int32Array(0), 3)).toBeNull();
    expect(measureCalibration(Float32Array.of(NaN, 0), Int32Array.of(0), 2)).toBeNull();
  });

  it('stays within its bounds', () => {
    const scores = fc.array(fc.tuple(fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 }), fc.nat(2)), {
      minLength: 1,
    });
    fc.assert(
      fc.property(scores, (rows) => {
        const logits = Float32Array.from(rows.flatMap(([row]) => row));
        const calibration = measureCalibration(
          logits,
          Int32Array.from(rows, ([, label]) => label),
          3,
        );
        expect(calibration?.ece).toBeGreaterThanOrEqual(0);
        expect(calibration?.ece).toBeLessThanOrEqual(1);
        expect(calibration?.brier).toBeLessThanOrEqual(2 + 1e-9);
        expect(calibration?.nll).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('classRecall', () => {
  it('is the share of a class that got its own label, null without examples', () => {
    const logits = Float32Array.of(2, 1, 0, 0, 3, 1, 5, 1, 0);
    expect(classRecall(logits, Int32Array.of(0, 1, 1), 3)).toEqual([1, 0.5, null]);
  });
});
