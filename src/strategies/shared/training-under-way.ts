import { z } from 'zod';
import type { JsonObject } from '../../core/json.js';
import type { Snapshot } from '../../core/snapshot.js';
import type { PackedProgress } from '../../experts/codec.js';
import type { Groups } from '../../experts/memory.js';
import { packFit, unpackFit, type Progress } from '../../experts/progress.js';
import type { FitVectors } from '../../nn/fit.js';
import type { TaskOutcome } from '../strategy.js';
import { vector } from './method.js';

/** A task under way, in as many rounds of training as its method wants. */
export interface TrainingUnderWay extends Progress {
  /** `start` is missing where it is what there was before the task. */
  readonly round: { readonly number: number; readonly start?: FitVectors };
  /** Epochs of the rounds before. */
  readonly before: number;
  /** Once the task is learned; it is only to be reported. */
  readonly outcome?: TaskOutcome;
}

/** What a training adds to a task under way in a snapshot. */
export const packedShape = {
  round: z.int(),
  before: z.int(),
  outcome: z.custom<TaskOutcome>((value) => typeof value === 'object' && value !== null).nullable(),
};

const startGroup = 'progress/start';

export function packTraining(underWay: TrainingUnderWay): Snapshot {
  const { task, on, round, before, outcome } = underWay;
  const fit = packFit(underWay);
  return {
    state: { task, ...(on && { on }), round: round.number, before, fit: fit.state, outcome: (outcome ?? null) as JsonObject | null },
    arrays: {
      ...(round.start && { [startGroup]: { weights: vector(round.start.weights), statistics: vector(round.start.statistics) } }),
      ...fit.arrays,
    },
  };
}

export function unpackTraining(packed: PackedProgress<typeof packedShape>, arrays: Groups): TrainingUnderWay {
  const { task, round, before, outcome } = packed;
  const start = arrays[startGroup];
  const read = (name: string) => new Float32Array(start?.[name]?.data ?? []);
  return {
    task,
    before,
    round: { number: round, ...(start && { start: { weights: read('weights'), statistics: read('statistics') } }) },
    ...(outcome && { outcome }),
    ...unpackFit(packed, arrays),
  };
}
