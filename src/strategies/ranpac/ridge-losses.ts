import { tf, type Tensor } from '../../nn/backend.js';
import { solvePositiveDefinite } from '../../nn/positive-definite.js';
import { oneHot } from '../on-features/one-hot.js';
import type { TaskRows } from '../on-features/method.js';

/** What lambda is chosen from, as published: 1e-8 to 1e8. */
export const ridges: readonly number[] = Array.from({ length: 17 }, (_, i) => 10 ** (i - 8));

/**
 * Squared error of each lambda on examples of a task that are held out, fitted on the others (RanPAC, `optimise_ridge_parameter`). Fitted by the
 * dual form W = H'(H H' + lambda I)^-1 Y, whose matrix is as large as the examples are many. Errors of tasks add up.
 */
export function ridgeLosses({ rows, labels, classes }: TaskRows): number[] {
  const n = labels.length;
  const size = rows.length / Math.max(1, n);
  const { fitted, held } = heldOut(labels);
  if (fitted.length === 0 || held.length === 0) return ridges.map(() => 0);
  const parts = tf.tidy(() => {
    const [h, y] = [tf.tensor2d(rows, [n, size]), oneHot(labels, classes)];
    const [a, b] = [tf.gather(h, fitted), tf.gather(h, held)];
    return { kernel: tf.matMul(a, a, false, true), across: tf.matMul(b, a, false, true), ya: tf.gather(y, fitted), yb: tf.gather(y, held) };
  });
  try {
    return ridges.map((ridge) => squaredError(parts, ridge));
  } finally {
    tf.dispose(parts);
  }
}

/**
 * The last fifth of a task's examples, as published, where the data are shuffled; where that has not all of the task's classes, as with data in the order of
 * their classes, the last fifth of each class, one example at least of two or more.
 */
function heldOut(labels: Int32Array): { readonly fitted: Int32Array; readonly held: Int32Array } {
  const first = Math.floor(0.8 * labels.length);
  const [kinds, last] = [new Set(labels), new Set(labels.subarray(first))];
  const positions = Int32Array.from(labels.keys());
  if (first > 0 && last.size === kinds.size) return { fitted: positions.subarray(0, first), held: positions.subarray(first) };
  const chosen = new Set(
    [...kinds].flatMap((kind) => {
      const own = [...positions].filter((at) => labels[at] === kind);
      return own.length < 2 ? [] : own.slice(-Math.max(1, Math.floor(own.length / 5)));
    }),
  );
  return { fitted: positions.filter((at) => !chosen.has(at)), held: positions.filter((at) => chosen.has(at)) };
}

interface Parts {
  readonly kernel: Tensor;
  readonly across: Tensor;
  readonly ya: Tensor;
  readonly yb: Tensor;
}

/** Infinity where float32 cannot solve for so small a ridge. */
function squaredError({ kernel, across, ya, yb }: Parts, ridge: number): number {
  try {
    const error = tf.tidy(() => tf.sum(tf.square(tf.sub(tf.matMul(across, solvePositiveDefinite(kernel, ridge, ya)), yb))));
    const [value = Infinity] = error.dataSync<'float32'>();
    error.dispose();
    return Number.isFinite(value) ? value : Infinity;
  } catch {
    return Infinity;
  }
}
