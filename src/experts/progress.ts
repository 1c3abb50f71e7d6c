import { LifelongError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { TaskRef } from '../core/task.js';
import type { Fit, FitProgress, FitVectors } from '../nn/fit.js';
import type { Groups } from './memory.js';

/** A task under way. What a method has to know of it besides, it adds. */
export interface Progress {
  /** Id of the task. */
  readonly task: string;
  /** The training that goes on. */
  fit?: Fit;
  /** What a restored run goes on from. */
  readonly stored?: FitProgress;
}

/** @throws LifelongError `usage` when another task is under way */
export function checkUnderWay(progress: Progress | undefined, { id }: TaskRef): void {
  if (!progress || progress.task === id) return;
  throw new LifelongError('usage', `task "${progress.task}" is under way and has to be learned first, found task "${id}"`);
}

const fitGroup = 'progress/fit';

/** The training as JSON and named arrays. */
export function packFit({ fit, stored }: Progress): { state: JsonObject | null; arrays: Groups } {
  const training = fit?.progress() ?? stored;
  return { state: training?.state ?? null, arrays: training ? { [fitGroup]: training.arrays } : {} };
}

/** What {@link packFit} has packed, as a part of a progress. */
export function unpackFit(state: JsonObject | null, arrays: Groups): Pick<Progress, 'stored'> {
  return state ? { stored: { state, arrays: arrays[fitGroup] ?? {} } } : {};
}

/** The vectors of a task's training after its last whole epoch, whether it goes on here or waits to be gone on with; undefined where there is none. */
export function trainedSoFar(progress: Progress | undefined, { id }: TaskRef): FitVectors | undefined {
  if (progress?.task !== id) return undefined;
  const { weights, statistics } = (progress.fit?.progress() ?? progress.stored)?.arrays ?? {};
  return weights && statistics && { weights: weights.data as Float32Array, statistics: statistics.data as Float32Array };
}
