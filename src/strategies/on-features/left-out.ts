import type { FeatureRows } from './feature-rows.js';
import { addSquares, joinMoments, noSecondMoment, type SecondMoment } from './second-moment.js';
import { addRows, noSums, type ClassSums } from './sums.js';

/** Every fifth example of each class, so that no class is left without examples. */
export function everyFifth({ rows, labels }: FeatureRows, size: number): FeatureRows {
  const seen = new Map<number, number>();
  const chosen = [...labels.keys()].filter((i) => {
    const label = labels[i] ?? 0;
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return count % 5 === 0;
  });
  const part = new Float32Array(chosen.length * size);
  chosen.forEach((row, i) => part.set(rows.subarray(row * size, (row + 1) * size), i * size));
  return { rows: part, labels: Int32Array.from(chosen, (row) => labels[row] ?? 0) };
}

/** The sums of a task as they would be without these of its examples. */
export function leavingOut<Sums extends { readonly sums: ClassSums; readonly moment: SecondMoment | undefined }>(
  whole: Sums,
  { rows, labels }: FeatureRows,
): Sums {
  const { size, sums, counts } = whole.sums;
  const part = addRows(noSums(counts.length, size), rows, labels);
  return {
    ...whole,
    sums: { size, sums: sums.map((sum, i) => sum - (part.sums[i] ?? 0)), counts: counts.map((count, c) => count - (part.counts[c] ?? 0)) },
    moment: whole.moment && joinMoments(whole.moment, addSquares(noSecondMoment(size), rows), -1),
  };
}
