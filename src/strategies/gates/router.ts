import { LifelongError } from '../../core/errors.js';
import type { NamedArray } from '../../core/snapshot.js';
import { tf, type Tensor } from '../../nn/backend.js';

/** Hidden units p. Published are D / 2, which would be more numbers than all edits together. */
export const routerUnits = 16;

/** Values in a router stay within this, both ways. */
export const routerBound = 10;

/** A router as it is kept: which task a vector of features is of. */
export interface Router {
  /** Length D of a feature vector. */
  readonly size: number;
  /** Tasks k, in order of learning. */
  readonly tasks: number;
  /** Features less `mean` over `deviation` go in, `[D]` each. */
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
  /** `[D, p]`, `[p]`, `[p, k]`, `[k]`, one behind the other. */
  readonly weights: Float32Array;
}

/** What a router computes of rows: values before and after each bound, and the logits that a sigmoid makes gates of. */
export interface RouterPass {
  /** `[n, p]`, before relu */
  readonly inner: Tensor;
  /** `[n, p]` */
  readonly hidden: Tensor;
  /** `[n, k]`, before they are bounded */
  readonly outer: Tensor;
  /** `[n, k]` */
  readonly logits: Tensor;
  /** W2 `[p, k]` */
  readonly map: Tensor;
}

export const routerLength = (size: number, tasks: number): number => size * routerUnits + routerUnits + routerUnits * tasks + tasks;

/**
 * clip(relu(x W1 + b1)) W2 + b2, clipped: the router of CS-ReFT (arXiv 2503.10617, section 3; csrf_router.py of the authors' code). Within a tidy.
 *
 * @param x `[n, D]`, standardized and bounded
 */
export function routerPass(x: Tensor, weights: Float32Array, tasks: number): RouterPass {
  const size = x.shape[1] ?? 0;
  let at = 0;
  const part = (rows: number, columns: number) => tf.tensor2d(weights.subarray(at, (at += rows * columns)), [rows, columns]);
  const [first, firstOffset] = [part(size, routerUnits), part(1, routerUnits)];
  const [map, offset] = [part(routerUnits, tasks), part(1, tasks)];
  const inner = tf.add(tf.matMul(x, first), firstOffset);
  const hidden = tf.clipByValue(inner, 0, routerBound);
  const outer = tf.add(tf.matMul(hidden, map), offset);
  return { inner, hidden, outer, logits: tf.clipByValue(outer, -routerBound, routerBound), map };
}

/** Rows `[n, D]` as a router takes them: standardized, and within its bound. */
export function routerRows({ size, mean, deviation }: Pick<Router, 'size' | 'mean' | 'deviation'>, features: Float32Array): Float32Array {
  return features.map((value, i) => {
    const standardized = (value - (mean[i % size] as number)) / (deviation[i % size] as number);
    return Math.max(-routerBound, Math.min(routerBound, standardized));
  });
}

/**
 * Gates alpha `[n, k]`, in 0..1 each; they do not add up to 1. NaN goes through.
 *
 * @param features `[n, D]`, raw
 * @throws LifelongError `data` for features of another length
 */
export function gatesOf(router: Router, features: Float32Array): Float32Array {
  const { size, tasks, weights } = router;
  if (features.length % size !== 0) {
    throw new LifelongError(
      'data',
      `gate: features of ${size} numbers each expected, found ${features.length} numbers`,
      'give the extractor that the run was made with, or say which task it is',
    );
  }
  if (features.length === 0) return new Float32Array(0);
  const rows = routerRows(router, features);
  const result = tf.tidy(() => tf.sigmoid(routerPass(tf.tensor2d(rows, [rows.length / size, size]), weights, tasks).logits));
  const values = result.dataSync<'float32'>();
  result.dispose();
  return values;
}

export const routerToArrays = ({ size, tasks, mean, deviation, weights }: Router): Readonly<Record<string, NamedArray>> => ({
  mean: { shape: [size], data: mean },
  deviation: { shape: [size], data: deviation },
  weights: { shape: [weights.length], data: weights },
  tasks: { shape: [1], data: Int32Array.of(tasks) },
});

/** What {@link routerToArrays} wrote. @throws LifelongError `run-corrupt` where it is no router of so many tasks */
export function routerFromArrays(arrays: Readonly<Record<string, NamedArray>>, tasks: number, owner: string): Router {
  const floats = (name: string) => {
    const data = arrays[name]?.data;
    return data instanceof Float32Array ? data : new Float32Array(0);
  };
  const [mean, deviation, weights] = [floats('mean'), floats('deviation'), floats('weights')];
  const size = mean.length;
  const found = arrays['tasks']?.data[0] ?? 0;
  if (found !== tasks) throw new LifelongError('run-corrupt', `${owner}: a gate of ${tasks} tasks expected, found one of ${found}`);
  const expected = routerLength(size, tasks);
  if (size === 0 || deviation.length !== size || weights.length !== expected) {
    throw new LifelongError(
      'run-corrupt',
      `${owner}: mean and deviation of as many numbers and ${expected} weights expected, found ${size}, ${deviation.length} and ${weights.length}`,
    );
  }
  return { size, tasks, mean, deviation, weights };
}
