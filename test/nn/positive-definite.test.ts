import { afterEach, describe, expect, it } from 'vitest';
import { random } from '../../src/core/random.js';
import { tf, type Tensor } from '../../src/nn/backend.js';
import { portably } from '../../src/nn/kernels.js';
import { choleskyKernel, gaussianDeviance, solvePositiveDefinite } from '../../src/nn/positive-definite.js';

const before = tf.memory().numTensors;
const held: Tensor[] = [];
const keep = (tensor: Tensor): Tensor => {
  held.push(tensor);
  return tensor;
};
afterEach(() => {
  tf.dispose(held.splice(0));
  expect(tf.memory().numTensors).toBe(before);
});

const numbers = (path: string, shape: [number, number]) => {
  const source = random(0, path);
  return tf.tensor2d(
    Float32Array.from({ length: shape[0] * shape[1] }, () => source.normal()),
    shape,
  );
};
/** A positive definite matrix of 9 x 9. */
const matrixOf = (path: string) => keep(tf.tidy(() => tf.matMul(numbers(path, [12, 9]), numbers(path, [12, 9]), true, false)));

/** With TensorFlow's kernels where this build has them, and in their exact form. */
const forms: readonly (readonly [string, <T>(work: () => T) => T])[] = [
  ['the kernels', (work) => work()],
  ['the exact form', portably],
];

it('uses the kernels here', () => {
  expect(choleskyKernel.works()).toBe(true);
});

describe.each(forms)('with %s', (_, run) => {
  it('solves for several right sides', () => {
    const [a, b] = [matrixOf('a'), keep(numbers('b', [9, 4]))];
    const x = run(() => keep(solvePositiveDefinite(a, 0.5, b)));
    const again = keep(tf.tidy(() => tf.matMul(tf.add(a, tf.mul(tf.eye(9), 0.5)), x)));
    const found = again.dataSync();
    b.dataSync().forEach((value, i) => expect(Math.abs(value - (found[i] ?? NaN))).toBeLessThan(1e-4));
  });

  it.each([
    ['halves', 700],
    ['quarters, of which some are larger', 1301],
  ])('solves for a matrix that is decomposed in %s', (_, n) => {
    const a = keep(tf.tidy(() => tf.matMul(numbers('large', [n, 40]), numbers('large', [n, 40]), false, true)));
    const b = keep(numbers('b', [n, 1]));
    const x = run(() => keep(solvePositiveDefinite(a, 10, b)));
    const again = keep(tf.tidy(() => tf.add(tf.matMul(a, x), tf.mul(x, 10)))).dataSync();
    b.dataSync().forEach((value, i) => expect(Math.abs(value - (again[i] ?? NaN))).toBeLessThan(1e-3));
  });

  it('reads the lower half alone', () => {
    const [a, b] = [matrixOf('a'), keep(numbers('b', [9, 1]))];
    const lower = keep(tf.tidy(() => tf.linalg.bandPart(a, -1, 0)));
    const [whole, half] = [a, lower].map((matrix) => run(() => keep(solvePositiveDefinite(matrix, 0, b))).dataSync());
    whole?.forEach((value, i) => expect(Math.abs(value - (half?.[i] ?? NaN))).toBeLessThan(1e-4));
  });

  it('measures the deviance of a diagonal as one works it out by hand', () => {
    const a = keep(tf.tensor2d([1, 0, 0, 3], [2, 2]));
    const s = keep(tf.tensor2d([2, 0.5, 0.5, 8], [2, 2]));
    // A + I = diag(2, 4): ln 8 + 2 / 2 + 8 / 4
    expect(run(() => gaussianDeviance(a, 1, s))).toBeCloseTo(Math.log(8) + 3, 5);
  });

  it('measures the deviance of a matrix that is decomposed in halves as Sherman and Morrison have it', () => {
    const [n, ridge] = [700, 2];
    const [v, u] = [keep(numbers('v', [n, 1])), keep(numbers('u', [n, 1]))];
    const [a, s] = [v, u].map((column) => keep(tf.matMul(column, column, false, true))) as [Tensor, Tensor];
    const dot = (one: Tensor, other: Tensor): number => {
      const [a, b] = [one.dataSync<'float32'>(), other.dataSync<'float32'>()];
      return a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
    };
    const grown = ridge + dot(v, v);
    const determinant = (n - 1) * Math.log(ridge) + Math.log(grown);
    const trace = (dot(u, u) - dot(v, u) ** 2 / grown) / ridge;
    expect(run(() => gaussianDeviance(a, ridge, s)) / (determinant + trace)).toBeCloseTo(1, 5);
  });

  it.each([
    ['negative', [1, 2, 2, 1]],
    ['without any scatter', [0, 0, 0, 0]],
  ])('refuses a matrix that is %s, with what helps', (__, values) => {
    const [a, b] = [keep(tf.tensor2d(values, [2, 2])), keep(tf.tensor2d([1, 1], [2, 1]))];
    expect(() => run(() => solvePositiveDefinite(a, 0, b))).toThrow(/positive definite matrix expected.*with 0 added/);
    expect(run(() => gaussianDeviance(a, 0, keep(tf.eye(2))))).toBe(Infinity);
  });
});
