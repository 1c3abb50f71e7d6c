import { tf, type Tensor } from '../../nn/backend.js';
import { curvature } from './curvature.js';
import { lbfgs, type Objective } from './lbfgs.js';
import { oneHot } from './one-hot.js';

/** Rows with the classes that they belong to. */
export interface LabelledRows {
  /** `[n, D]` */
  readonly rows: Float32Array;
  /** `[n]` */
  readonly labels: Int32Array;
}

/** Weight decay on standardized features where no validation examples choose one. */
export const usualDecay = 0.1;

/** Weights `[D, C]`, then biases `[C]`. */
export type LogisticWeights = Float64Array;

export const noWeights = (size: number, classes: number): LogisticWeights => new Float64Array((size + 1) * classes);

/**
 * Multinomial logistic regression to convergence: the mean cross-entropy and half the weight decay times the squared weights, biases not among them.
 *
 * @param start where to begin; the minimum does not depend on it where there is any weight decay
 * @param tolerance largest component of the gradient that it ends with
 */
export function logisticRegression(
  { rows, labels }: LabelledRows,
  classes: number,
  weightDecay: number,
  start: LogisticWeights,
  tolerance = 1e-5,
): LogisticWeights {
  const n = labels.length;
  const x = tf.tensor2d(rows, [n, rows.length / n]);
  const y = oneHot(labels, classes);
  const hessian = curvature(x, classes, weightDecay, start);
  try {
    return lbfgs(objectiveOf(x, y, weightDecay), start, { precondition: hessian?.inverse, tolerance });
  } finally {
    tf.dispose([x, y]);
    hessian?.dispose();
  }
}

function objectiveOf(x: Tensor, y: Tensor, weightDecay: number): Objective {
  const [n = 1, size = 0] = x.shape;
  const classes = y.shape[1] ?? 0;
  return (weights) => {
    const flat = new Float32Array(weights);
    const { loss, ofWeights, ofBias } = tf.tidy(() => {
      const w = tf.tensor2d(flat.subarray(0, size * classes), [size, classes]);
      const logits = tf.add(tf.matMul(x, w), tf.tensor1d(flat.subarray(size * classes)));
      const logs = tf.logSoftmax(logits);
      const error = tf.div(tf.sub(tf.exp(logs), y), n);
      return {
        loss: tf.neg(tf.div(tf.sum(tf.mul(logs, y)), n)),
        ofWeights: tf.matMul(x, error, true, false),
        ofBias: tf.sum(error, 0),
      };
    });
    const gradient = new Float64Array(weights.length);
    gradient.set(ofWeights.dataSync<'float32'>());
    gradient.set(ofBias.dataSync<'float32'>(), size * classes);
    let squares = 0;
    for (let i = 0; i < size * classes; i++) {
      const weight = weights[i] as number;
      squares += weight * weight;
      gradient[i] = (gradient[i] as number) + weightDecay * weight;
    }
    const value = (loss.dataSync<'float32'>()[0] ?? NaN) + (weightDecay / 2) * squares;
    tf.dispose([loss, ofWeights, ofBias]);
    return { value, gradient };
  };
}
