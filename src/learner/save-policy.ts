import type { StrategyEvent } from '../core/events.js';

/** All saving together may take this share of a run's time, before saves within a task are left out. */
const share = 0.025;

/** Events that end a step of a task's work. */
const steps: ReadonlySet<StrategyEvent['type']> = new Set(['epoch-ended', 'candidate-evaluated', 'examples-added']);

/** When to save within a task. */
export interface SavePolicy {
  /** Whether to save now, after this event. */
  due(event: StrategyEvent): boolean;
  /** Runs a save, whatever it is for, and counts how long it takes. */
  timed(save: () => Promise<void>): Promise<void>;
}

/**
 * After every epoch, search sample and block of examples, as long as one more save like the last leaves saving below 2.5 % of the time; with `every`, after
 * every so many of them whatever it costs.
 */
export function savePolicy(every?: number): SavePolicy {
  const begun = performance.now();
  let spent = 0;
  let latest = 0;
  let passed = 0;
  return {
    due(event) {
      if (!steps.has(event.type)) return false;
      passed += 1;
      return every === undefined ? spent + latest <= share * (performance.now() - begun) : passed % every === 0;
    },
    async timed(save) {
      const started = performance.now();
      await save();
      latest = performance.now() - started;
      spent += latest;
    },
  };
}
