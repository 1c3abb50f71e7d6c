import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { Normalization } from '../core/task.js';

/**
 * The vector itself, for inputs that are features already: columns of a table, embeddings.
 *
 * @param normalization one mean and deviation for each column, the same for all tasks, or distances between tasks would mean nothing;
 *   without it the inputs are taken as they are
 */
export function vector(normalization: Normalization | null = null): FeatureExtractor {
  const lengthOf = (shape: readonly number[]) => {
    const [length] = shape;
    if (shape.length !== 1 || !length) {
      throw new LifelongError(
        'config',
        `features vector: vectors [length] expected, found inputs [${shape.join(', ')}]`,
        'use features pixels for images',
      );
    }
    if (normalization && normalization.mean.length !== length) {
      throw new LifelongError(
        'config',
        `features vector: ${normalization.mean.length} columns expected, as the statistics have, found ${length}`,
      );
    }
    return length;
  };
  return {
    name: 'vector',
    sha256: null,
    normalization,
    size: lengthOf,
    extract({ shape, inputs }) {
      const length = lengthOf(shape);
      if (!normalization) return Promise.resolve(Float32Array.from(inputs));
      const { mean, std } = normalization;
      return Promise.resolve(Float32Array.from(inputs, (value, i) => (value - (mean[i % length] ?? 0)) / (std[i % length] || 1)));
    },
    dispose: () => undefined,
  };
}
