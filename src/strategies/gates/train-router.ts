import { LifelongError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import { concatenate } from '../../experts/training/rows.js';
import { tf } from '../../nn/backend.js';
import { lbfgs } from '../on-features/lbfgs.js';
import { routerLoss } from './router-loss.js';
import { routerLength, routerRows, routerUnits, type Router } from './router.js';

/** Weight decay of a router's maps; there is none in the released code, which has one pass over 64,000 prompts. */
const weightDecay = 1e-3;

/** Steps of L-BFGS at most. */
const steps = 300;

/**
 * A router that has learned from features of each task, all of them anew: the same features and seed give the same router, whatever came before. Each task counts as much, however many examples it has.
 *
 * @param features of each task `[n, D]`, in order of learning
 * @throws LifelongError `data` for features that are not finite, or a task without any
 */
export function trainRouter(features: readonly Float32Array[], size: number, source: Random): Router {
  features.forEach((rows, task) => {
    checkRows(rows, size, task);
  });
  const tasks = features.length;
  const standardization = standardizationOf(features, size);
  const rows = routerRows({ size, ...standardization }, concatenate(...features));
  const n = rows.length / size;
  const owners = features.flatMap((of, task) => Array<number>(of.length / size).fill(task));
  const x = tf.tensor2d(rows, [n, size]);
  const y = tf.tensor2d(
    Float32Array.from({ length: n * tasks }, (_, i) => Number(owners[Math.floor(i / tasks)] === i % tasks)),
    [n, tasks],
  );
  const share = tf.tensor2d(
    Float32Array.from(owners, (task) => size / (tasks * (features[task]?.length ?? 1))),
    [n, 1],
  );
  try {
    const weights = lbfgs(routerLoss({ x, y, share }, weightDecay), initialWeights(size, tasks, source), { most: steps });
    return { size, tasks, ...standardization, weights: Float32Array.from(weights) };
  } finally {
    tf.dispose([x, y, share]);
  }
}

/** As published: the first layer uniform in 1 / sqrt(D) both ways, the second hardly anything (Glorot and Bengio times 0.01) with offsets within 0.1, so that all gates begin near 0.5. */
function initialWeights(size: number, tasks: number, source: Random): Float64Array {
  const bounds = [
    [size * routerUnits + routerUnits, 1 / Math.sqrt(size)],
    [routerUnits * tasks, 0.01 * Math.sqrt(6 / (routerUnits + tasks))],
    [tasks, 0.1],
  ] as const;
  const weights = new Float64Array(routerLength(size, tasks));
  let at = 0;
  for (const [count, bound] of bounds) {
    for (let i = 0; i < count; i++) weights[at++] = (2 * source.uniform() - 1) * bound;
  }
  return weights;
}

/** Mean and deviation of each column over all tasks, each of which counts as much; a column that is the same everywhere has deviation 1. */
function standardizationOf(features: readonly Float32Array[], size: number): Pick<Router, 'mean' | 'deviation'> {
  const averaged = (of: (value: number, column: number) => number) => {
    const sums = new Float64Array(size);
    for (const rows of features) {
      const share = size / (rows.length * features.length);
      rows.forEach((value, i) => {
        sums[i % size] = (sums[i % size] as number) + share * of(value, i % size);
      });
    }
    return sums;
  };
  const mean = averaged((value) => value);
  const variance = averaged((value, column) => (value - (mean[column] as number)) ** 2);
  const deviation = Float32Array.from(variance, (value) => Math.fround(Math.sqrt(value)) || 1);
  return { mean: Float32Array.from(mean), deviation };
}

function checkRows(rows: Float32Array, size: number, task: number): void {
  if (rows.length === 0 || rows.length % size !== 0) {
    throw new LifelongError(
      'data',
      `gate: features of ${size} numbers of at least one example of task ${task} expected, found ${rows.length} numbers`,
    );
  }
  const at = rows.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) {
    throw new LifelongError(
      'data',
      `gate: finite features expected, found ${rows[at]} in example ${Math.floor(at / size)} of task ${task}`,
      'look at this input for NaN or extreme values',
    );
  }
}
