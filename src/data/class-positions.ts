import type { Split } from '../core/task.js';

/** Positions of the samples of each class, ascending. */
export async function classPositions(split: Split, classes: number): Promise<Int32Array[]> {
  const labels = await split.labels();
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const groups = Array.from(counts, (count) => new Int32Array(count));
  const filled = new Int32Array(classes);
  labels.forEach((label, position) => {
    const at = filled[label] ?? 0;
    const group = groups[label];
    if (group) group[at] = position;
    filled[label] = at + 1;
  });
  return groups;
}
