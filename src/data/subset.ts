import type { Split } from '../core/task.js';
import { labelsAt } from './array-split.js';

/**
 * The examples at these positions of a split, with labels of their own.
 *
 * @param labels class index of each position
 */
export function subset(split: Split, positions: Int32Array, labels: Int32Array): Split {
  return {
    size: positions.length,
    labels: () => Promise.resolve(labels),
    async read(indices) {
      const examples = await split.read(labelsAt(positions, indices));
      return { ...examples, labels: labelsAt(labels, indices) };
    },
  };
}
