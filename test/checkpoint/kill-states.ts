import type { RunRecord } from '../../src/core/run-record.js';
import type { Snapshot } from '../../src/core/snapshot.js';
import { floats, recordAfter, snapshotAfter } from './run-fixture.js';

/** State n of a run that is killed: n tasks are learned, one expert changes with every task, one stays, a task is under way. */
export function snapshotOf(state: number): Snapshot {
  const { arrays } = snapshotAfter(Math.min(state, 4));
  return {
    state: { state, best: Infinity },
    arrays: { ...arrays, 'experts/e1': { kernel: floats(20_000, state) }, 'progress/train': { slot: floats(500, -state) } },
  };
}

export function recordOf(state: number): Partial<RunRecord> {
  return { ...recordAfter(state), seconds: state };
}
