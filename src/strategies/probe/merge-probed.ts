import { LifelongError } from '../../core/errors.js';
import { taskRef, type TaskRef } from '../../core/task.js';
import { changeOfMerged } from '../on-features/merge-learned.js';
import type { Change } from '../on-features/restandardize.js';
import type { Head } from './fit-head.js';
import type { Probed } from './probe-state.js';

/**
 * The heads of two runs side by side. A head of the other run, which was fitted under another standardization, becomes the head that gives the same
 * logits under that of the one.
 *
 * @param tasks what the other's tasks are called then
 * @param affine whether rows are the standardized features; otherwise both need one standardization
 * @throws LifelongError `usage` for runs that do not fit, naming what differs
 */
export function mergeProbed(one: Probed, other: Probed, tasks: readonly TaskRef[], affine: boolean): Probed {
  if (!one.basis || !other.basis) {
    throw new LifelongError('usage', 'merge: a learned task in each run expected, found none', 'resume the run first');
  }
  const change = changeOfMerged(one.basis, other.basis, affine);
  const moved = other.tasks.map(({ ref, head }, i) => ({ ref: taskRef(tasks[i] ?? ref), head: change ? headUnder(head, change) : head }));
  return { basis: one.basis, tasks: [...one.tasks, ...moved], progress: undefined };
}

/** The head that says of a row z what this one says of a z + c: weights a W, bias b + c W. */
function headUnder({ weights, bias, temperature }: Head, { a, c }: Change): Head {
  const classes = bias.length;
  const wide = Float64Array.from(bias);
  const scaled = weights.map((weight, at) => {
    const [i, k] = [Math.floor(at / classes), at % classes];
    wide[k] = (wide[k] ?? 0) + (c[i] ?? 0) * weight;
    return (a[i] ?? 1) * weight;
  });
  return { weights: scaled, bias: Float32Array.from(wide), temperature };
}
