import { LifelongError } from '../core/errors.js';
import type { RunRecord } from '../core/run-record.js';
import { strategies, type StrategyPlugin } from './registry.js';
import type { Strategy } from './strategy.js';

/**
 * A fresh strategy of the kind and with the options that a run was made with; the caller disposes it. A run keeps the name of a strategy that a
 * program made, not the strategy.
 *
 * @param run path of the run, for errors
 * @param own strategies besides the built-in ones
 * @param call how they are handed over, for errors
 * @throws LifelongError `usage` where the strategy is none of these, or one of `own` has the name of another
 */
export async function recordedStrategy(
  { strategy: { name, options } }: RunRecord,
  run: string,
  own: readonly StrategyPlugin[] = [],
  call = 'openRun(run, { strategies: [strategy] })',
): Promise<Strategy> {
  const all: readonly StrategyPlugin[] = [...strategies, ...own];
  const twice = own.find((strategy) => all.some((other) => other !== strategy && other.name === strategy.name));
  if (twice) {
    throw new LifelongError(
      'usage',
      `strategies: names that are not taken expected, found "${twice.name}"`,
      'give the strategy another name',
    );
  }
  const found = all.find((strategy) => strategy.name === name);
  if (found) return found.create(options);
  throw new LifelongError('usage', `strategy "${name}" of ${run} was made by a program`, `hand it over again: ${call}`);
}
