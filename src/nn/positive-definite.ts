import { LifelongError } from '../core/errors.js';
import { attribute } from './attributes.js';
import { backend, tf, type Tensor } from './backend.js';
import { kernel } from './kernels.js';

/**
 * X `[n, k]` with (A + ridge I) X = B, for a symmetric matrix A `[n, n]`, of which the lower half is read, and B `[n, k]`: by Cholesky's
 * decomposition.
 *
 * @throws LifelongError `diverged` where A + ridge I is not positive definite, as far as float32 can tell
 */
export function solvePositiveDefinite(matrix: Tensor, ridge: number, right: Tensor): Tensor {
  const solution = tf.tidy(() => {
    const factor = factorize(matrix, ridge);
    return factor && substitute(factor, substitute(factor, right, false), true);
  });
  if (solution && isFinite(solution)) return solution;
  solution?.dispose();
  throw new LifelongError(
    'diverged',
    `a positive definite matrix expected to find the classes by, found one that is not with ${ridge} added to its diagonal`,
    'features depend on each other: give a larger shrinkage or ridge, or leave it to validation',
  );
}

/** Solves (A + ridge I) X = B for many B; undefined where A + ridge I is not positive definite. Whoever asked disposes it. */
export function positiveDefiniteSolver(matrix: Tensor, ridge: number): { solve(right: Tensor): Tensor; dispose(): void } | undefined {
  const factor = tf.tidy(() => factorize(matrix, ridge));
  if (!factor) return undefined;
  return {
    solve: (right) => tf.tidy(() => substitute(factor, substitute(factor, right, false), true)),
    dispose: () => {
      tf.dispose(factor);
    },
  };
}

/**
 * L^-1 x for each row x of `[k, n]`, with A = L L' of a symmetric matrix A `[n, n]`: squared lengths of the results are x' A^-1 x. Undefined where A is not
 * positive definite, as far as float32 can tell.
 */
export function whitened(matrix: Tensor, rows: Tensor): Tensor | undefined {
  const result = tf.tidy(() => {
    const factor = factorize(matrix, 0);
    return factor && tf.transpose(substitute(factor, tf.transpose(rows), false));
  });
  if (!result || isFinite(result)) return result;
  result.dispose();
  return undefined;
}

/** A factor with a zero in it is no error of the kernel; the numbers tell. */
function isFinite(tensor: Tensor): boolean {
  const finite = tf.tidy(() => tf.all(tf.isFinite(tensor)));
  const [value] = finite.dataSync();
  finite.dispose();
  return value === 1;
}

/**
 * ln det(A + ridge I) + tr((A + ridge I)^-1 S): minus twice the mean log-likelihood, but for a constant, of normal examples with scatter S `[n, n]` under
 * the covariance A + ridge I. Infinity where that is not positive definite.
 */
export function gaussianDeviance(matrix: Tensor, ridge: number, scatter: Tensor): number {
  const parts = tf.tidy(() => {
    const inverse = inverseFactor(shifted(matrix, ridge));
    if (!inverse) return undefined;
    // Of the factor L: A^-1 = L'^-1 L^-1, and the diagonal of L^-1 is 1 / that of L.
    const logDeterminant = tf.mul(-2, tf.sum(tf.log(diagonal(inverse))));
    return tf.stack([traceWithin(inverse, scatter), logDeterminant]);
  });
  if (!parts) return Infinity;
  const [trace = Infinity, logDeterminant = Infinity] = parts.dataSync<'float32'>();
  parts.dispose();
  const deviance = trace + logDeterminant;
  return Number.isFinite(deviance) ? deviance : Infinity;
}

/** tr(V S V') of a lower triangle V: its upper half takes no part of S but the first. */
function traceWithin(inverse: Tensor, scatter: Tensor): Tensor {
  const n = sizeOf(inverse);
  const half = n >> 1;
  const product = (rows: Tensor, s: Tensor) => tf.sum(tf.mul(tf.matMul(rows, s), rows));
  const upper = product(tf.slice(inverse, [0, 0], [half, half]), tf.slice(scatter, [0, 0], [half, half]));
  return tf.add(upper, product(tf.slice(inverse, [half, 0], [n - half, n]), scatter));
}

const sizeOf = ({ shape: [n = 0] }: Tensor): number => n;

const diagonal = (matrix: Tensor): Tensor => tf.sum(tf.mul(matrix, tf.eye(sizeOf(matrix))), 1);

const shifted = (matrix: Tensor, ridge: number): Tensor => tf.add(matrix, tf.mul(tf.eye(sizeOf(matrix)), ridge));

/**
 * The lower factor L of A + ridge I = L L'; undefined where there is none. It is kept in blocks, as most of the work is then products of matrices, which
 * TensorFlow does fastest and on every core, and as nothing above the diagonal is computed.
 */
function factorize(matrix: Tensor, ridge: number): Factor | undefined {
  if (!choleskyKernel.works()) {
    const lower = factorByHand(shifted(matrix, ridge));
    return lower && { lower };
  }
  try {
    if (sizeOf(matrix) <= whole) return { lower: cholesky(shifted(matrix, ridge)) };
    return factorOf(lowerBlocks(matrix), ridge);
  } catch {
    return undefined; // TensorFlow's error does not say where; the caller knows
  }
}

/** L^-1, where the matrix is L L'; undefined where there is no such L. */
function inverseFactor(matrix: Tensor): Tensor | undefined {
  if (!choleskyKernel.works()) {
    const factor = factorByHand(matrix);
    return factor && substituteByHand(factor, tf.eye(sizeOf(matrix)), false);
  }
  try {
    return inverseInHalves(matrix, sizeOf(matrix));
  } catch {
    return undefined;
  }
}

/** Matrices up to this size are decomposed by the kernel at once. */
const whole = 512;

/** The lower half of a symmetric matrix: itself where it is small, or the lower halves on its diagonal and what is `below` the first `[n - n/2, n/2]`. */
type LowerBlocks = Tensor | { readonly first: LowerBlocks; readonly below: Tensor; readonly second: LowerBlocks };

/** A lower triangle L: small as `inverse` L^-1 (`lower`, L itself, where it is all there is), or two on the diagonal and the transpose of what is below the first. */
type Factor =
  | { readonly inverse: Tensor }
  | { readonly lower: Tensor }
  | { readonly first: Factor; readonly across: Tensor; readonly second: Factor; readonly half: number };

/** Of the part of a matrix that starts at `from` on its diagonal. */
function lowerBlocks(matrix: Tensor, from = 0, n = sizeOf(matrix)): LowerBlocks {
  if (n <= whole) return tf.slice(matrix, [from, from], [n, n]);
  const half = n >> 1;
  return {
    first: lowerBlocks(matrix, from, half),
    below: tf.slice(matrix, [from + half, from], [n - half, half]),
    second: lowerBlocks(matrix, from + half, n - half),
  };
}

function factorOf(blocks: LowerBlocks, ridge: number): Factor {
  if (!('first' in blocks)) return { inverse: inverseInHalves(shifted(blocks, ridge), sizeOf(blocks)) };
  const first = factorOf(blocks.first, ridge);
  const across = substitute(first, tf.transpose(blocks.below), false);
  return { first, across, second: factorOf(without(blocks.second, across), ridge), half: sizeOf(across) };
}

/** A - X'X, for X `[k, n]`. */
function without(blocks: LowerBlocks, x: Tensor): LowerBlocks {
  if (!('first' in blocks)) return tf.sub(blocks, tf.matMul(x, x, true, false));
  const [k = 0] = x.shape;
  const [rest = 0, half = 0] = blocks.below.shape;
  const [left, right] = [tf.slice(x, [0, 0], [k, half]), tf.slice(x, [0, half], [k, rest])];
  return {
    first: without(blocks.first, left),
    below: tf.sub(blocks.below, tf.matMul(right, left, true, false)),
    second: without(blocks.second, right),
  };
}

/** With the inverses of the halves' factors it is a third of the work of a substitution with the unit matrix, and all of it matrix products. */
function inverseInHalves(matrix: Tensor, n: number): Tensor {
  if (n <= whole) return substituteAtOnce(cholesky(matrix), tf.eye(n), false);
  const half = n >> 1;
  const rest = n - half;
  const first = inverseInHalves(tf.slice(matrix, [0, 0], [half, half]), half);
  const below = tf.matMul(tf.slice(matrix, [half, 0], [rest, half]), first, false, true);
  const second = inverseInHalves(tf.sub(tf.slice(matrix, [half, half], [rest, rest]), tf.matMul(below, below, false, true)), rest);
  const across = tf.neg(tf.matMul(second, tf.matMul(below, first)));
  return tf.concat([tf.concat([first, tf.zeros([half, rest])], 1), tf.concat([across, second], 1)], 0);
}

/** L^-1 B, or L'^-1 B. */
function substitute(factor: Factor, right: Tensor, adjoint: boolean): Tensor {
  if ('inverse' in factor) return tf.matMul(factor.inverse, right, adjoint);
  if ('lower' in factor) return substituteAtOnce(factor.lower, right, adjoint);
  const { first, across, second, half } = factor;
  const [n = 0, k = 0] = right.shape;
  const [above, below] = [tf.slice(right, [0, 0], [half, k]), tf.slice(right, [half, 0], [n - half, k])];
  if (adjoint) {
    const found = substitute(second, below, true);
    return tf.concat([substitute(first, tf.sub(above, tf.matMul(across, found)), true), found], 0);
  }
  const found = substitute(first, above, false);
  return tf.concat([found, substitute(second, tf.sub(below, tf.matMul(across, found, true, false)), false)], 0);
}

/** The same for L itself, `[n, n]`. */
function substituteAtOnce(lower: Tensor, right: Tensor, adjoint: boolean): Tensor {
  if (!choleskyKernel.works()) return substituteByHand(lower, right, adjoint);
  return backend.executeSingleOutput('MatrixTriangularSolve', substitution(adjoint), [lower, right]);
}

const cholesky = (matrix: Tensor): Tensor => backend.executeSingleOutput('Cholesky', [attribute.type('T')], [matrix]);

const substitution = (adjoint: boolean) => [attribute.boolean('lower', true), attribute.boolean('adjoint', adjoint), attribute.type('T')];

/** [[4, 2], [2, 5]] has the factor [[2, 0], [1, 2]], and with the right side [8, 12] the solution [1, 2]. */
export const choleskyKernel = kernel('Cholesky', (call, make) => {
  const [factor] = call('Cholesky', [attribute.type('T')], [make([2, 2], [4, 2, 2, 5])], 1);
  const [half] = call('MatrixTriangularSolve', substitution(false), [factor, make([2, 1], [8, 12])], 1);
  const [solution] = call('MatrixTriangularSolve', substitution(true), [factor, half], 1);
  return [
    [factor, [2, 0, 1, 2]],
    [solution, [1, 2]],
  ];
});

/** The exact form of the decomposition for builds without the kernel. */
function factorByHand(matrix: Tensor): Tensor | undefined {
  const [n = 0] = matrix.shape;
  const a = Float64Array.from(matrix.dataSync<'float32'>());
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let value = a[i * n + j] as number;
      for (let p = 0; p < j; p++) value -= (a[i * n + p] as number) * (a[j * n + p] as number);
      if (i === j && !(value > 0)) return undefined;
      a[i * n + j] = i === j ? Math.sqrt(value) : value / (a[j * n + j] as number);
    }
    a.fill(0, j * n + j + 1, (j + 1) * n);
  }
  return tf.tensor2d(Float32Array.from(a), [n, n]);
}

/** The exact form of the substitution. */
function substituteByHand(factor: Tensor, right: Tensor, adjoint: boolean): Tensor {
  const [n = 0, k = 0] = right.shape;
  const l = factor.dataSync<'float32'>();
  const x = Float64Array.from(right.dataSync<'float32'>());
  const entry = (row: number, column: number) => (adjoint ? l[column * n + row] : l[row * n + column]) as number;
  for (let step = 0; step < n; step++) {
    const row = adjoint ? n - 1 - step : step;
    const [from, to] = adjoint ? [row + 1, n] : [0, row];
    for (let c = 0; c < k; c++) {
      let value = x[row * k + c] as number;
      for (let other = from; other < to; other++) value -= entry(row, other) * (x[other * k + c] as number);
      x[row * k + c] = value / entry(row, row);
    }
  }
  return tf.tensor2d(Float32Array.from(x), [n, k]);
}
