import { tf, type Tensor } from '../../nn/backend.js';
import { solvePositiveDefinite } from '../../nn/positive-definite.js';
import { oneHot } from '../on-features/one-hot.js';
import type { TaskRows } from '../on-features/method.js';

/** What lambda is chosen from, as published: 1e-8 to 1e8. */
export const ridges: readonly number[] = Array.from({ length: 17 }, (_, i) => 10 ** (i - 8));

/**
 * Squared error of each lambda on the last fifth of a task's examples, fitted on the others (RanPAC, `optimise_ridge_parameter`). Fitted by the
 * dual form W = H'(H H' + lambda I)^-1 Y, whose matrix is as large as the examples are many. Errors of tasks add up.
 */
export function ridgeLosses({ rows, labels, classes }: TaskRows): number[] {
  const n = labels.length;
  const size = rows.length / Math.max(1, n);
  const fitted = Math.floor(0.8 * n);
  if (fitted === 0 || fitted === n) return ridges.map(() => 0);
  const parts = tf.tidy(() => {
    const h = tf.tensor2d(rows, [n, size]);
    const [a, b] = tf.split(h, [fitted, n - fitted]) as [Tensor, Tensor];
    const [ya, yb] = tf.split(oneHot(labels, classes), [fitted, n - fitted]) as [Tensor, Tensor];
    return { kernel: tf.matMul(a, a, false, true), across: tf.matMul(b, a, false, true), ya, yb };
  });
  try {
    return ridges.map((ridge) => squaredError(parts, ridge));
  } finally {
    tf.dispose(parts);
  }
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
