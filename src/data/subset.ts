import type { Split } from '../core/task.js';
import { labelsAt } from './array-split.js';
import { isSoundSplit, type SoundSplit } from './audio/sound-split.js';

/**
 * The examples at these positions of a split, with labels of their own. Of recordings it is a split of recordings too.
 *
 * @param labels class index of each position
 */
export function subset(split: Split, positions: Int32Array, labels: Int32Array): Split | SoundSplit {
  const part: Split = {
    size: positions.length,
    labels: () => Promise.resolve(labels),
    async read(indices) {
      const examples = await split.read(labelsAt(positions, indices));
      return { ...examples, labels: labelsAt(labels, indices) };
    },
  };
  if (!isSoundSplit(split)) return part;
  return {
    ...part,
    paths: Array.from(positions, (position) => split.paths[position] ?? ''),
    heard: (copy) => subset(split.heard(copy), positions, labels),
  };
}
