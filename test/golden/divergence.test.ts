import { describe, expect, it } from 'vitest';
import { divergence } from '../../src/difficulty/divergence.js';
import { prototypes, type Prototypes } from '../../src/difficulty/prototypes.js';
import { golden, type GoldenTensor } from './golden.js';

interface Case {
  name: string;
  /** By class. */
  features: GoldenTensor[];
  oldPrototypes: GoldenTensor;
  newPrototypes: GoldenTensor;
  perClass: number[];
  sum: number;
  publishedDistance: number;
}

const within = (actual: number | undefined, wanted: number) =>
  expect(Math.abs((actual ?? NaN) - wanted), `${actual} against ${wanted}`).toBeLessThanOrEqual(1e-5 * Math.max(1e-3, Math.abs(wanted)));

describe('divergence.json', () => {
  it.each((golden('divergence.json') as { cases: Case[] }).cases)('$name', (wanted) => {
    const features = Float32Array.from(wanted.features.flatMap(({ data }) => data));
    const labels = Int32Array.from(wanted.features.flatMap(({ shape }, c) => new Array<number>(shape[0] ?? 0).fill(c)));
    const own = prototypes(features, labels, wanted.features.length);
    wanted.newPrototypes.data.forEach((value, i) => within(own.means[i], value));

    const [classes = 0, size = 0] = wanted.oldPrototypes.shape;
    const other: Prototypes = {
      size,
      classes,
      means: Float32Array.from(wanted.oldPrototypes.data),
      variances: new Float32Array(classes * size),
      counts: new Int32Array(classes).fill(1),
    };
    const measured = divergence(features, labels, own, other, { zeroDivergence: 'published' });
    expect(measured.perClass.length).toBe(wanted.perClass.length);
    wanted.perClass.forEach((value, c) => within(measured.perClass[c], value));
    within(measured.sum, wanted.sum);
    within(measured.divergence, wanted.publishedDistance);
  });
});
