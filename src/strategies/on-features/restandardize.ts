import type { Basis } from './basis.js';
import type { SecondMoment } from './second-moment.js';
import type { ClassSums } from './sums.js';

/** The change z' = a z + c of every feature from one standardization to another. */
export interface Change {
  readonly a: Float64Array;
  readonly c: Float64Array;
}

/** Undefined where nothing changes. Features are standardized by what the extractor does to its inputs, then by the basis. */
export function changeBetween(from: Basis, to: Basis): Change | undefined {
  const [before, after] = [unitsOf(from), unitsOf(to)];
  const a = before.deviation.map((value, i) => value / (after.deviation[i] ?? 1));
  const c = before.mean.map((value, i) => (value - (after.mean[i] ?? 0)) / (after.deviation[i] ?? 1));
  return a.every((value) => value === 1) && c.every((value) => value === 0) ? undefined : { a, c };
}

/** Zero and unit of each feature, in terms of what is neither standardized by the extractor nor by the basis. */
function unitsOf({ extractor: { size, normalization }, standardization }: Basis): { mean: Float64Array; deviation: Float64Array } {
  const unit = (i: number) => normalization?.std[i] ?? 1;
  return {
    mean: Float64Array.from({ length: size }, (_, i) => (normalization?.mean[i] ?? 0) + unit(i) * (standardization?.mean[i] ?? 0)),
    deviation: Float64Array.from({ length: size }, (_, i) => unit(i) * (standardization?.deviation[i] ?? 1)),
  };
}

/** Sums of the changed rows. */
export function changeSums({ size, sums, counts }: ClassSums, { a, c }: Change): ClassSums {
  const changed = sums.map((sum, at) => {
    const i = at % size;
    return (a[i] ?? 1) * sum + (counts[Math.floor(at / size)] ?? 0) * (c[i] ?? 0);
  });
  return { size, counts, sums: changed };
}

/**
 * The second moment of the changed rows: A G A + A s c' + c (A s)' + n c c'.
 *
 * @param all the unchanged sums of every example in the moment
 */
export function changeMoment({ size, triangle }: SecondMoment, all: readonly ClassSums[], { a, c }: Change): SecondMoment {
  const total = new Float64Array(size);
  let n = 0;
  for (const { sums, counts } of all) {
    sums.forEach((sum, at) => (total[at % size] = (total[at % size] ?? 0) + sum));
    n += counts.reduce((more, count) => more + count, 0);
  }
  const scaled = total.map((sum, i) => sum * (a[i] ?? 1));
  const changed = new Float32Array(triangle.length);
  for (let i = 0, at = 0; i < size; i++) {
    const [ai = 1, ci = 0, si = 0] = [a[i], c[i], scaled[i]];
    for (let j = 0; j <= i; j++, at++) {
      const [aj = 1, cj = 0, sj = 0] = [a[j], c[j], scaled[j]];
      changed[at] = (triangle[at] as number) * ai * aj + si * cj + ci * sj + n * ci * cj;
    }
  }
  return { size, triangle: changed };
}
