import { LifelongError } from '../core/errors.js';
import type { FrozenBaseRef } from '../core/expert.js';
import type { JsonObject } from '../core/json.js';
import type { TaskRef } from '../core/task.js';
import type { Fit, FitProgress, FitVectors } from '../nn/fit.js';
import type { Expert } from './expert.js';
import { otherBase } from './expert-base.js';
import type { Groups } from './memory.js';

/** A task under way. What a method has to know of it besides, it adds. */
export interface Progress {
  /** Id of the task. */
  readonly task: string;
  /** What the expert in training stands on. */
  on?: FrozenBaseRef;
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

/** Refuses to go on with a training that was begun on other frozen weights than the expert now stands on. @throws LifelongError `data` */
export function checkBase(progress: Progress | undefined, { on }: Expert): void {
  if (progress?.on && progress.on.sha256 !== on?.sha256) throw otherBase(`task ${progress.task}`, progress.on, 'as its training began', on);
}

const fitGroup = 'progress/fit';

/** The training as JSON and named arrays. */
export function packFit({ fit, stored }: Progress): { state: JsonObject | null; arrays: Groups } {
  const training = fit?.progress() ?? stored;
  return { state: training?.state ?? null, arrays: training ? { [fitGroup]: training.arrays } : {} };
}

/** What {@link packFit} has packed, as a part of a progress. */
export function unpackFit(
  { fit: state, on }: { readonly fit: JsonObject | null; readonly on?: FrozenBaseRef },
  arrays: Groups,
): Pick<Progress, 'stored' | 'on'> {
  return { ...(state && { stored: { state, arrays: arrays[fitGroup] ?? {} } }), ...(on && { on }) };
}

/** The vectors of a task's training after its last whole epoch, whether it goes on here or waits to be gone on with; undefined where there is none. */
export function trainedSoFar(progress: Progress | undefined, { id }: TaskRef): FitVectors | undefined {
  if (progress?.task !== id) return undefined;
  const { weights, statistics } = (progress.fit?.progress() ?? progress.stored)?.arrays ?? {};
  return weights && statistics && { weights: weights.data as Float32Array, statistics: statistics.data as Float32Array };
}
