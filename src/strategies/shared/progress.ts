import type { JsonObject } from '../../core/json.js';
import type { Fit, FitProgress, FitVectors } from '../../nn/fit.js';
import { vector } from './method.js';
import type { Groups } from './memory.js';
import type { SharedState } from './state.js';
import type { TaskOutcome } from '../strategy.js';

/** A task under way; `start` is missing where it is what there was before the task. */
export interface Progress {
  readonly task: string;
  readonly round: { readonly number: number; readonly start?: FitVectors };
  /** Epochs of the rounds before. */
  readonly before: number;
  readonly fit?: Fit;
  /** What a restored run goes on from. */
  readonly stored?: FitProgress;
  /** Once the task is learned; it is only to be reported. */
  readonly outcome?: TaskOutcome;
}

export function packProgress({ task, round, before, fit, stored, outcome }: Progress): { state: JsonObject; arrays: Groups } {
  const training = fit?.progress() ?? stored;
  return {
    state: { task, round: round.number, before, fit: training?.state ?? null, outcome: (outcome ?? null) as JsonObject | null },
    arrays: {
      ...(round.start && { 'progress/start': { weights: vector(round.start.weights), statistics: vector(round.start.statistics) } }),
      ...(training && { 'progress/fit': training.arrays }),
    },
  };
}

export function unpackProgress(state: SharedState['progress'], arrays: Groups): Progress | undefined {
  if (!state) return undefined;
  const { task, round, before, fit, outcome } = state;
  const start = arrays['progress/start'];
  const read = (name: string) => new Float32Array(start?.[name]?.data ?? []);
  return {
    task,
    before,
    round: { number: round, ...(start && { start: { weights: read('weights'), statistics: read('statistics') } }) },
    ...(outcome && { outcome }),
    ...(fit && { stored: { state: fit, arrays: arrays['progress/fit'] ?? {} } }),
  };
}
