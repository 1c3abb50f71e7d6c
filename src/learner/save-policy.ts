import type { StrategyEvent } from '../core/events.js';

/** Saving in the middle of a task may take this share of the time. */
const share = 0.025;

/** When to save in the middle of a task. */
export interface SavePolicy {
  /** Whether to save now, after this event. */
  due(event: StrategyEvent): boolean;
  /** Runs a save and notes how long it takes. */
  timed(save: () => Promise<void>): Promise<void>;
}

/**
 * After every epoch and search sample, as long as saving takes at most 2.5 % of the time; with `every`, after every so many of them whatever
 * it costs.
 */
export function savePolicy(every?: number): SavePolicy {
  let lastSaved = performance.now();
  let cost = 0;
  let passed = 0;
  return {
    due(event) {
      if (event.type !== 'epoch-ended' && event.type !== 'candidate-evaluated') return false;
      passed += 1;
      return every === undefined ? performance.now() - lastSaved >= cost / share : passed % every === 0;
    },
    async timed(save) {
      const started = performance.now();
      await save();
      lastSaved = performance.now();
      cost = lastSaved - started;
    },
  };
}
