import type { Split } from '../core/task.js';

const known = new WeakMap<Split, Promise<Int32Array[]>>();

/** Positions of the samples of each class, ascending. Worked out once for a split. */
export function classPositions(split: Split, classes: number): Promise<Int32Array[]> {
  const found = known.get(split) ?? split.labels().then((labels) => group(labels, classes));
  known.set(split, found);
  return found;
}

function group(labels: Int32Array, classes: number): Int32Array[] {
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
