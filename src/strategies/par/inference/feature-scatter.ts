import type { Prototypes } from '../../../difficulty/prototypes.js';
import { addSquares, joinMoments, momentTensor, noSecondMoment, type SecondMoment } from '../../on-features/second-moment.js';
import { tf, type Tensor } from '../../../nn/backend.js';

/** How features scatter within classes, summed over tasks. */
export interface FeatureScatter {
  /** The sum of (x - mu)(x - mu)' over examples x, mu the mean of an example's class. */
  readonly moment: SecondMoment;
  /** Examples less classes: what the moment is divided by. */
  readonly degrees: number;
}

export const noScatter = (size: number): FeatureScatter => ({ moment: noSecondMoment(size), degrees: 0 });

/** The scatter of a task's examples about their prototypes. @param features `[n, D]` */
export function scatterOf(features: Float32Array, labels: Int32Array, { size, means, counts }: Prototypes): FeatureScatter {
  const centred = features.map((value, i) => value - (means[(labels[Math.floor(i / size)] as number) * size + (i % size)] as number));
  const degrees = counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  return { moment: addSquares(noSecondMoment(size), centred), degrees };
}

export const addScatter = (one: FeatureScatter, other: FeatureScatter): FeatureScatter => ({
  moment: joinMoments(one.moment, other.moment),
  degrees: one.degrees + other.degrees,
});

/** A covariance matrix and its estimate that can be inverted, both `[D, D]`; the caller disposes them. */
export interface Covariance {
  readonly sample: Tensor;
  /** (1 - rho) S + rho tr(S) / D I */
  readonly shrunk: Tensor;
}

/**
 * The covariance S of features within classes, and S drawn towards a multiple of the identity by as much as so few examples call for: the oracle approximating
 * shrinkage of Chen, Wiesel, Eldar & Hero 2010, "Shrinkage algorithms for MMSE covariance estimation", equation 23,
 *
 *     rho = min(1, ((1 - 2/D) tr(S^2) + tr(S)^2) / ((n + 1 - 2/D) (tr(S^2) - tr(S)^2 / D)))
 */
export function covarianceOf({ moment, degrees }: FeatureScatter): Covariance {
  const { size } = moment;
  const squares = momentTensor(moment);
  const sample = tf.tidy(() => tf.div(squares, Math.max(1, degrees)));
  squares.dispose();
  const rho = shrinkage(moment, Math.max(1, degrees));
  const shrunk = tf.tidy(() =>
    tf.add(tf.mul(sample, 1 - rho), tf.mul(tf.eye(size), (rho * traceOf(moment)) / Math.max(1, degrees) / size)),
  );
  return { sample, shrunk };
}

function shrinkage(moment: SecondMoment, n: number): number {
  const { size, triangle } = moment;
  const trace = traceOf(moment) / n;
  let squared = 0; // tr(S^2): the diagonal once, what is below it twice
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column <= row; column++, at++) squared += (column === row ? 1 : 2) * ((triangle[at] as number) / n) ** 2;
  }
  const distance = squared - trace ** 2 / size;
  return distance > 0 ? Math.min(1, ((1 - 2 / size) * squared + trace ** 2) / ((n + 1 - 2 / size) * distance)) : 1;
}

function traceOf({ size, triangle }: SecondMoment): number {
  let trace = 0;
  for (let row = 0, at = 0; row < size; row++, at += row + 1) trace += triangle[at] as number;
  return trace;
}
