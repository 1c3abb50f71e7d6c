import { readSnapshot } from '../checkpoint/store.js';
import type { RunRecord } from '../core/run-record.js';
import { strategyNamed } from '../strategies/registry.js';
import type { Strategy } from '../strategies/strategy.js';

/** The run's strategy as it was saved last; the caller disposes it. */
export async function restoreStrategy(path: string, record: RunRecord): Promise<Strategy> {
  const strategy = await strategyNamed(record.strategy.name).create(record.strategy.options);
  await strategy.restore(await readSnapshot(path));
  return strategy;
}
