import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';

/** What is kept of a task's validation features for ever: all that a later task is compared with. */
export interface Prototypes {
  /** Length D of a feature vector. */
  readonly size: number;
  /** Number of classes C. */
  readonly classes: number;
  /** mu_c, the mean features of a class, `[C, D]`; zeros for a class without samples. */
  readonly means: Float32Array;
  /** Variance of every feature in a class, `[C, D]`; zeros for a class with fewer than two samples. */
  readonly variances: Float32Array;
  /** Samples of a class, `[C]`. */
  readonly counts: Int32Array;
}

/**
 * Means, variances and counts of each class (PAR section 1), in float64 inside.
 *
 * @param features `[n, D]`, row-major
 * @param labels `[n]`, in 0..classes-1
 * @throws LifelongError `data` for features that are not numbers or whose length does not fit the labels
 */
export function prototypes(features: Float32Array, labels: Int32Array, classes: number): Prototypes {
  const size = labels.length > 0 ? features.length / labels.length : 0;
  if (!Number.isInteger(size) || (labels.length === 0 && features.length > 0)) {
    throw new LifelongError(
      'data',
      `features: a multiple of ${labels.length} numbers expected, one row for each label, found ${features.length}`,
    );
  }
  const counts = new Int32Array(classes);
  const means = new Float64Array(classes * size);
  const squares = new Float64Array(classes * size);
  labels.forEach((label, sample) => {
    if (!(label >= 0 && label < classes)) {
      throw new LifelongError('data', `sample ${sample}: a label in 0..${classes - 1} expected, found ${label}`);
    }
    const n = (counts[label] = (counts[label] ?? 0) + 1);
    let total = 0;
    for (let i = sample * size, at = label * size, end = at + size; at < end; i++, at++) {
      const mean = means[at] ?? 0;
      const value = features[i] ?? NaN;
      const delta = value - mean;
      means[at] = mean + delta / n;
      squares[at] = (squares[at] ?? 0) + (delta * delta * (n - 1)) / n;
      total += value;
    }
    if (!Number.isFinite(total)) {
      throw new LifelongError(
        'data',
        `sample ${sample}: finite features expected, found NaN or Infinity`,
        'look at this input for NaN or extreme values',
      );
    }
  });
  const variances = Float32Array.from(squares, (sum, i) => sum / Math.max(1, counts[Math.floor(i / size)] ?? 1));
  return { size, classes, means: Float32Array.from(means), variances, counts };
}

/** Prototypes as named arrays, for a snapshot. */
export function prototypesToArrays({ size, classes, means, variances, counts }: Prototypes): Record<string, NamedArray> {
  return {
    means: { shape: [classes, size], data: means },
    variances: { shape: [classes, size], data: variances },
    counts: { shape: [classes], data: counts },
  };
}

/** What {@link prototypesToArrays} wrote. @throws LifelongError `run-corrupt` when an array is missing or has another shape */
export function prototypesFromArrays(arrays: Readonly<Record<string, NamedArray>>, owner: string): Prototypes {
  const { means, variances, counts } = arrays;
  const [classes = 0, size = 0] = means?.shape ?? [];
  const fits =
    means?.data instanceof Float32Array &&
    variances?.data instanceof Float32Array &&
    counts?.data instanceof Int32Array &&
    means.data.length === classes * size &&
    variances.data.length === classes * size &&
    counts.data.length === classes;
  if (!fits) {
    throw new LifelongError('run-corrupt', `${owner}: means [C, D], variances [C, D] and counts [C] expected, found ${describe(arrays)}`);
  }
  return { size, classes, means: means.data, variances: variances.data, counts: counts.data };
}

function describe(arrays: Readonly<Record<string, NamedArray>>): string {
  return (
    Object.entries(arrays)
      .map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)
      .join(', ') || 'nothing'
  );
}
