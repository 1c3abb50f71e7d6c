import type { RunStore } from '../checkpoint/store.js';
import type { LearnEvent, StrategyEvent } from '../core/events.js';
import type { RunRecord } from '../core/run-record.js';
import type { Strategy } from '../strategies/strategy.js';
import { savePolicy } from './save-policy.js';

/** Where the record of a run is kept: in memory, and in a run folder where there is one. */
export interface Ledger {
  readonly record: RunRecord;
  append(event: LearnEvent): Promise<void>;
  save(change: Partial<RunRecord>, strategy?: Strategy): Promise<void>;
  /** Notes how the run stands, without the work since the last save. */
  note(change: Partial<RunRecord>): Promise<void>;
  readonly path: string | null;
  /** Whether to save now, after this event within a task. */
  due(event: StrategyEvent): boolean;
}

/** A ledger that starts from this record, over a run folder or in memory alone. */
export function createLedger(initial: RunRecord, store: RunStore | null, saveEvery?: number): Ledger {
  const policy = savePolicy(saveEvery);
  let record = initial;
  return {
    get record() {
      return record;
    },
    append: async (event) => store?.append(event),
    async save(change, strategy) {
      if (store) await policy.timed(async () => store.save(change, strategy && (await strategy.save())));
      record = { ...record, ...change };
    },
    async note(change) {
      await store?.note(change);
      record = { ...record, ...change };
    },
    path: store?.path ?? null,
    due: (event) => policy.due(event),
  };
}
