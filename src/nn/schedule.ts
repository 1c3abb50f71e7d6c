import type { JsonObject } from '../core/json.js';

/**
 * How the learning rate changes over the epochs (PAR section 7):
 * `constant`; `cosine`, from `base` along half a cosine to `min` after `epochs`; `plateau`, times `factor` (not below `min`) after more than
 * `patience` epochs in a row whose validation accuracy is not 1e-4 (relative) above the best.
 */
export interface ScheduleOptions {
  readonly kind: 'cosine' | 'plateau' | 'constant';
  readonly base: number;
  readonly min: number;
  readonly epochs: number;
  readonly factor: number;
  readonly patience: number;
}

/** The learning rate of the epochs of one training. */
export interface Schedule {
  /** Learning rate of the coming epoch. */
  rate(): number;
  /** Tells that an epoch ended with this validation accuracy; null where there is nothing to validate on, which no plateau is seen by. */
  advance(accuracy: number | null): void;
  /** What {@link createSchedule} needs to go on from here. */
  state(): JsonObject;
}

/** @param state of an earlier schedule with the same options, to go on from */
export function createSchedule(options: ScheduleOptions, state: JsonObject = {}): Schedule {
  return options.kind === 'plateau' ? plateau(options, state) : byEpoch(options, state);
}

function byEpoch({ kind, base, min, epochs }: ScheduleOptions, state: JsonObject): Schedule {
  let epoch = Number(state['epoch'] ?? 0);
  return {
    rate: () => (kind === 'constant' ? base : min + ((base - min) * (1 + Math.cos((Math.PI * Math.min(epoch, epochs)) / epochs))) / 2),
    advance() {
      epoch += 1;
    },
    state: () => ({ epoch }),
  };
}

const plateauThreshold = 1e-4;
/** Smaller changes of the rate are not made, as in the published implementation. */
const smallestChange = 1e-8;

function plateau({ base, min, factor, patience }: ScheduleOptions, state: JsonObject): Schedule {
  let rate = Number(state['rate'] ?? base);
  let best = typeof state['best'] === 'number' ? state['best'] : null;
  let badEpochs = Number(state['badEpochs'] ?? 0);
  return {
    rate: () => rate,
    advance(accuracy) {
      if (accuracy === null) return;
      if (best === null || accuracy > best * (1 + plateauThreshold)) [best, badEpochs] = [accuracy, 0];
      else badEpochs += 1;
      if (badEpochs <= patience) return;
      badEpochs = 0;
      const lower = Math.max(rate * factor, min);
      if (rate - lower > smallestChange) rate = lower;
    },
    state: () => ({ rate, best, badEpochs }),
  };
}
