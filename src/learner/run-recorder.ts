import type { RunStore } from '../checkpoint/store.js';
import type { LearnEvent, StrategyEvent } from '../core/events.js';
import type { RunRecord } from '../core/run-record.js';
import type { Strategy } from '../strategies/strategy.js';
import { savePolicy } from './save-policy.js';

/** Keeps what a run is and tells: the record in memory, and record, weights and events in a run folder where there is one. */
export interface RunRecorder {
  readonly record: RunRecord;
  /** The run folder, or null. */
  readonly path: string | null;
  /**
   * Logs events, saves what they tell of, and only then hands them out. All events but those in `log` go this way, so that what is in the log
   * is what was told.
   */
  emit<E extends LearnEvent>(events: readonly E[], save?: () => Promise<void>): AsyncGenerator<E, void, undefined>;
  /** Logs an event that was handed out before it was known whether there is anything to log. */
  log(event: LearnEvent): Promise<void>;
  /** @param strategy its state and weights are saved too */
  save(change: Partial<RunRecord>, strategy?: Strategy): Promise<void>;
  /** Notes how the run stands, without the work since the last save. */
  note(change: Partial<RunRecord>): Promise<void>;
  /** Whether to save now, after this event within a task. */
  due(event: StrategyEvent): boolean;
}

/** A run recorder that starts from this record, over a run folder or in memory alone. */
export function createRunRecorder(initial: RunRecord, store: RunStore | null, saveEvery?: number): RunRecorder {
  const policy = savePolicy(saveEvery);
  let record = initial;
  const log = async (event: LearnEvent) => store?.append(event);
  return {
    get record() {
      return record;
    },
    path: store?.path ?? null,
    async *emit(events, save) {
      for (const event of events) await log(event);
      await save?.();
      yield* events;
    },
    log,
    async save(change, strategy) {
      if (store) await policy.timed(async () => store.save(change, strategy && (await strategy.save())));
      record = { ...record, ...change };
    },
    async note(change) {
      await store?.note(change);
      record = { ...record, ...change };
    },
    due: (event) => policy.due(event),
  };
}
