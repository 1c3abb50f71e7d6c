import { argMax } from './logits.js';

/**
 * Recall of every class: the share of its examples that got their own label; null for a class without examples.
 *
 * @param logits `[n, classes]`, row-major
 * @param labels `[n]`, class indices
 */
export function classRecall(logits: Float32Array, labels: Int32Array, classes: number): (number | null)[] {
  const counts = new Int32Array(classes);
  const right = new Int32Array(classes);
  labels.forEach((label, i) => {
    counts[label] = (counts[label] ?? 0) + 1;
    if (argMax(logits.subarray(i * classes, (i + 1) * classes)) === label) right[label] = (right[label] ?? 0) + 1;
  });
  return Array.from(counts, (count, c) => (count === 0 ? null : (right[c] ?? 0) / count));
}
