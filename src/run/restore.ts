import { readSnapshot } from '../checkpoint/store.js';
import type { RunRecord } from '../core/run-record.js';
import { recordedStrategy } from '../strategies/recorded-strategy.js';
import type { StrategyPlugin } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';

/**
 * The run's strategy as it was saved last; the caller disposes it.
 *
 * @param own strategies besides the built-in ones
 * @param call how they are handed over, for errors
 */
export async function restoreStrategy(
  path: string,
  record: RunRecord,
  own: readonly StrategyPlugin[] = [],
  call?: string,
): Promise<Strategy> {
  const strategy = await recordedStrategy(record, path, own, call);
  try {
    await strategy.restore(await readSnapshot(path));
    return strategy;
  } catch (error) {
    strategy.dispose();
    throw error;
  }
}
