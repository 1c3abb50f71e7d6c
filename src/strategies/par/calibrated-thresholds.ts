import type { z } from 'zod';
import type { calibratedSchema } from '../../core/decision.js';
import type { ParOptions } from './options.js';

/** What is known of how far tasks are from themselves and from each other. */
export interface KnownDistances {
  /** Divergences between two halves of a task, of every task where it could be measured, the new one included. */
  readonly noiseFloors: readonly number[];
  /** D(i, j) of every two learned tasks that can be compared. */
  readonly pairs: readonly { readonly tasks: readonly [number, number]; readonly divergence: number }[];
}

export type CalibratedThresholds = z.infer<typeof calibratedSchema>;

/**
 * Thresholds on the scale of the run's own features: from what "the same task" looks like, the largest noise floor f, and what "another task" does, the
 * distances n_i of learned tasks to the nearest one that is farther than f:
 *
 *     alpha = (f + mean n_i) / 2,   beta = max n_i
 *
 * So a task joins an expert where it is nearer to it than half way to another task, and searches where it is farther from everything than any known task
 * was from its nearest. Without a noise floor, or two tasks that differ, the fixed ones hold. Accuracy plays no part.
 */
export function calibratedThresholds(
  { noiseFloors, pairs }: KnownDistances,
  { regularizeThreshold, allocateThreshold }: Pick<ParOptions, 'regularizeThreshold' | 'allocateThreshold'>,
): CalibratedThresholds {
  const fixed = { regularize: regularizeThreshold, allocate: allocateThreshold };
  const asGiven = `Thresholds ${fixed.regularize} and ${fixed.allocate} are those of the options`;
  if (noiseFloors.length === 0) {
    return {
      ...fixed,
      same: null,
      different: null,
      why: `${asGiven}: no class has the four validation examples that a noise floor needs.`,
    };
  }
  const same = Math.max(...noiseFloors);
  const nearest = nearestUnlike(pairs, same);
  if (nearest.length === 0) {
    return { ...fixed, same, different: null, why: `${asGiven}: no two known tasks differ by more than the noise floor, ${shown(same)}.` };
  }
  const different = nearest.reduce((sum, distance) => sum + distance, 0) / nearest.length;
  const [regularize, allocate] = [rounded((same + different) / 2), rounded(Math.max(...nearest))];
  const why =
    `Thresholds ${regularize} and ${allocate} are calibrated: half way between the noise floor, ${shown(same)}, and the ${shown(different)} ` +
    'that known tasks are from their nearest on average; and the farthest that one is.';
  return { regularize, allocate, same, different, why };
}

/** Of each task that differs from another by more than the noise floor, the smallest of such distances. */
function nearestUnlike(pairs: KnownDistances['pairs'], same: number): number[] {
  const nearest = new Map<number, number>();
  for (const { tasks, divergence } of pairs) {
    if (divergence <= same) continue;
    for (const task of tasks) nearest.set(task, Math.min(divergence, nearest.get(task) ?? Infinity));
  }
  return [...nearest.values()];
}

/** What is decided by has few digits, so that no decision hangs on the last ones. */
const rounded = (value: number) => Math.round(1000 * value) / 1000;

const shown = (value: number) => value.toFixed(3);
