import type { Normalization } from '../core/task.js';
import { classPositions } from '../data/class-positions.js';
import { datasetStatistics } from '../data/dataset-statistics.js';
import type { Dataset } from '../data/dataset.js';

/** A data set that tasks are cut from, with what they need to know of the whole of it: each worked out once, when it is first asked for. */
export interface PlanData extends Dataset {
  /** Positions of the samples of each class in a part, ascending; undefined where the data have no such part. */
  positions(part: 'train' | 'validation' | 'test'): Promise<readonly Int32Array[]> | undefined;
  /** Channel statistics of the whole training part. */
  statistics(): Promise<Normalization>;
  /** A fingerprint of the examples of each class. */
  classFingerprints(): readonly string[];
}

export function planData(data: Dataset): PlanData {
  const positions: Partial<Record<'train' | 'validation' | 'test', Promise<readonly Int32Array[]>>> = {};
  let statistics: Promise<Normalization> | undefined;
  let prints: readonly string[] | undefined;
  return {
    ...data,
    positions(part) {
      const split = data[part];
      return split && (positions[part] ??= classPositions(split, data.classes.length));
    },
    statistics: () => (statistics ??= datasetStatistics(data)),
    classFingerprints: () => (prints ??= data.classFingerprints?.() ?? data.classes.map(() => data.fingerprint)),
  };
}
