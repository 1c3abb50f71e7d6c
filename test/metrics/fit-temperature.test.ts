import { describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { fitTemperature } from '../../src/metrics/fit-temperature.js';
import { softmax } from '../../src/metrics/logits.js';

/** Labels that are drawn from the probabilities of logits, and the logits too large by a factor. */
function drawn(factor: number, count = 4000) {
  const source = random(0, 'temperature');
  const logits = new Float32Array(3 * count);
  const labels = Int32Array.from({ length: count }, (_, i) => {
    const row = Float32Array.from({ length: 3 }, () => 2 * source.normal());
    logits.set(
      row.map((value) => factor * value),
      3 * i,
    );
    const [p = 0, q = 0] = softmax(row);
    const at = source.uniform();
    return at < p ? 0 : at < p + q ? 1 : 2;
  });
  return { logits, labels };
}

describe('fitTemperature', () => {
  it.each([0.01, 1, 20])('finds by how much logits are too large: %d', (factor) => {
    const { logits, labels } = drawn(factor);
    expect(fitTemperature(logits, labels, 3) / factor).toBeCloseTo(1, 1);
  });

  it('is 1 where there is nothing to fit on', () => {
    expect(fitTemperature(new Float32Array(0), new Int32Array(0), 3)).toBe(1);
    expect(fitTemperature(Float32Array.of(5, 6), Int32Array.of(0, 0), 1)).toBe(1);
  });

  it('stays finite for logits that are always right', () => {
    expect(fitTemperature(Float32Array.of(9, 0, 0, 9), Int32Array.of(0, 1), 2)).toBeLessThan(1);
  });
});
