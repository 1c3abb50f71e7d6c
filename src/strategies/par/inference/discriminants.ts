import type { Prototypes } from '../../../difficulty/prototypes.js';
import { tf } from '../../../nn/backend.js';
import { whitened } from '../../../nn/positive-definite.js';
import { covarianceOf, type FeatureScatter } from './feature-scatter.js';

/**
 * Features whitened by the covariance within classes: where the nearest mean is the class of linear discriminant analysis with equally likely classes.
 * Undefined where the features do not scatter at all.
 */
export interface Discriminants {
  /** Squared distance of an example from its class's mean that the covariance gives: D, less what shrinking takes from directions with little scatter. */
  readonly directions: number;
  /** `[n, D]` as they are compared. */
  rows(features: Float32Array): Float32Array;
  /** Of whitened features, with the variances that the common covariance gives them. */
  prototypes(raw: Prototypes): Prototypes;
}

export function discriminantsOf(scatter: FeatureScatter): Discriminants | undefined {
  const { size } = scatter.moment;
  const { sample, shrunk } = covarianceOf(scatter);
  const inverse = tf.tidy(() => {
    const factor = whitened(shrunk, tf.eye(size)); // row i is L^-1 e_i
    const spread = factor && tf.sum(tf.mul(tf.matMul(sample, factor), factor)); // tr(L^-1 S L'^-1)
    return factor && spread && tf.concat([tf.reshape(spread, [1]), tf.reshape(factor, [-1])]);
  });
  tf.dispose([sample, shrunk]);
  if (!inverse) return undefined;
  const values = inverse.dataSync<'float32'>();
  inverse.dispose();
  const [spread = 0] = values;
  const map = values.slice(1);
  const rows = (features: Float32Array) => product(features, map, size);
  return {
    directions: spread,
    rows,
    prototypes({ classes, means, counts }) {
      const variances = new Float32Array(classes * size);
      counts.forEach((count, c) => {
        if (count > 1) variances.fill((spread / size) * ((count - 1) / count), c * size, (c + 1) * size);
      });
      return { size, classes, means: rows(means), variances, counts };
    },
  };
}

/** Rows `[n, D]` times a matrix `[D, D]`. */
function product(rows: Float32Array, matrix: Float32Array, size: number): Float32Array {
  if (rows.length === 0) return new Float32Array(0);
  const result = tf.tidy(() => tf.matMul(tf.tensor2d(rows, [rows.length / size, size]), tf.tensor2d(matrix, [size, size])));
  const values = result.dataSync<'float32'>();
  result.dispose();
  return values;
}
