import { tf, type Tensor } from '../../nn/backend.js';
import { positiveDefiniteSolver } from '../../nn/positive-definite.js';
import type { Preconditioner } from './lbfgs.js';

/** No example counts for less than this, for the fit may move on to where it counts. */
const leastWeight = 0.01;

/**
 * The Hessian of the objective of logistic regression at these weights, as if it were the same for all classes and they did not depend on each
 * other: X' V X / n + weight decay, V the mean over classes of p (1 - p) of each example, and mean V for a bias. Undefined without weight decay.
 *
 * @param x `[n, D]`
 * @param weights `[D, C]`, then biases `[C]`
 */
export function curvature(
  x: Tensor,
  classes: number,
  weightDecay: number,
  weights: Float64Array,
): { inverse: Preconditioner; dispose(): void } | undefined {
  if (!(weightDecay > 0)) return undefined;
  const [n = 0, size = 0] = x.shape;
  const { z, variance } = tf.tidy(() => {
    const flat = new Float32Array(weights);
    const logits = tf.add(
      tf.matMul(x, tf.tensor2d(flat.subarray(0, size * classes), [size, classes])),
      tf.tensor1d(flat.subarray(size * classes)),
    );
    const p = tf.softmax(logits);
    const v = tf.maximum(tf.mean(tf.mul(p, tf.sub(1, p)), 1, true), leastWeight);
    return { z: tf.mul(x, tf.sqrt(tf.div(v, n))), variance: tf.mean(v) };
  });
  const ofBias = variance.dataSync<'float32'>()[0] ?? 1;
  variance.dispose();
  // With fewer examples than features by Woodbury's identity: (Z'Z + d I)^-1 = (I - Z' (Z Z' + d I)^-1 Z) / d.
  const few = n < size;
  const gram = tf.matMul(z, z, !few, few);
  const solver = positiveDefiniteSolver(gram, weightDecay);
  gram.dispose();
  const inverse: Preconditioner = (vector) => {
    const solved = tf.tidy(() => {
      const right = tf.tensor2d(new Float32Array(vector.subarray(0, size * classes)), [size, classes]);
      if (!solver) return right;
      return few ? tf.matMul(z, solver.solve(tf.matMul(z, right)), true) : solver.solve(right);
    });
    const product = solved.dataSync<'float32'>();
    solved.dispose();
    const result = vector.map((value) => value / ofBias);
    product.forEach((value, i) => (result[i] = few ? ((vector[i] as number) - value) / weightDecay : value));
    return result;
  };
  return {
    inverse,
    dispose: () => {
      z.dispose();
      solver?.dispose();
    },
  };
}
