import { random } from '../core/random.js';
import { labelsAt } from './array-split.js';
import { classPositions } from './class-positions.js';
import type { Dataset } from './dataset.js';
import { subset } from './subset.js';
import { withFingerprint } from './with-fingerprint.js';

/**
 * Takes the test part out of the training part: this share of each class, at least one sample where the class has two. Always the same
 * samples for the same data.
 *
 * @param share in (0, 1)
 */
export async function holdOut(data: Dataset, share: number): Promise<Dataset> {
  const held = new Set<number>();
  for (const [index, positions] of (await classPositions(data.train, data.classes.length)).entries()) {
    const count = positions.length < 2 ? 0 : Math.min(positions.length - 1, Math.max(1, Math.round(share * positions.length)));
    const order = random(0, 'held-out', String(data.classes[index])).permutation(positions.length);
    for (let i = 0; i < count; i++) held.add(positions[order[i] as number] as number);
  }
  const labels = await data.train.labels();
  const part = (test: boolean) => {
    const positions = Int32Array.from({ length: data.train.size }, (_, i) => i).filter((position) => held.has(position) === test);
    return subset(data.train, positions, labelsAt(labels, positions));
  };
  return withFingerprint({ ...data, train: part(false), test: part(true) }, `test ${share}`);
}
