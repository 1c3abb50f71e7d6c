import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import { createSchedule, type ScheduleOptions } from '../../src/nn/schedule.js';
import { golden } from './golden.js';

interface Cosine {
  base: number;
  min: number;
  epochs: number;
  lr: number[];
}
interface Plateau {
  base: number;
  factor: number;
  patience: number;
  min: number;
  accuracies: number[];
  lrAfterEpoch: number[];
}
const file = golden('schedules.json') as { cosine: Cosine; cosineSearch: Cosine; plateau: Plateau };

/** Rates before each epoch, from a schedule that is written to JSON and read back after every epoch. */
function rates(options: Partial<ScheduleOptions> & Pick<ScheduleOptions, 'kind' | 'base'>, accuracies: readonly number[]): number[] {
  const complete = { min: 0, epochs: 1, factor: 0.1, patience: 20, ...options };
  let state: JsonObject = {};
  return accuracies.map((accuracy) => {
    const schedule = createSchedule(complete, state);
    const rate = schedule.rate();
    schedule.advance(accuracy);
    state = JSON.parse(JSON.stringify(schedule.state())) as JsonObject;
    return rate;
  });
}

function expectClose(actual: readonly number[], expected: readonly number[]) {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs((actual[i] ?? NaN) - value), `epoch ${i}`).toBeLessThanOrEqual(1e-9));
}

describe('schedules.json', () => {
  it.each(['cosine', 'cosineSearch'] as const)('%s', (name) => {
    const { base, min, epochs, lr } = file[name];
    expectClose(
      rates(
        { kind: 'cosine', base, min, epochs },
        lr.map(() => 0),
      ),
      lr,
    );
  });

  it('plateau', () => {
    const { base, factor, patience, min, accuracies, lrAfterEpoch } = file.plateau;
    const measured = rates({ kind: 'plateau', base, factor, patience, min }, [...accuracies, 0]);
    expectClose(measured, [base, ...lrAfterEpoch]);
  });

  it('constant stays', () => {
    expect(rates({ kind: 'constant', base: 0.1 }, [0, 1, 0])).toEqual([0.1, 0.1, 0.1]);
  });

  it('cosine stays at its end', () => {
    expectClose(rates({ kind: 'cosine', base: 1, min: 0.5, epochs: 2 }, [0, 0, 0, 0]), [1, 0.75, 0.5, 0.5]);
  });
});
