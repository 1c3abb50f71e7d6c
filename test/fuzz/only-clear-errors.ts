import fc from 'fast-check';
import { expect } from 'vitest';
import { LifelongError } from '../../src/core/errors.js';

/** `npm run fuzz` tries so many times as many inputs as a test run. */
const times = process.env['TEST_MODE'] === 'fuzz' ? 20 : 1;

/** Of a test. */
export const patience = { timeout: times * 60_000 };

/** The same inputs in every test run; `FUZZ_SEED` gives others. */
const seed = Number(process.env['FUZZ_SEED'] ?? 19);

export interface FuzzOptions {
  /** How many inputs a test run tries. */
  readonly count: number;
  /** Which errors are clear. */
  readonly isClear?: (error: unknown) => error is Error;
}

/**
 * Reads many inputs, each of which has to give a value or a clear error of one line, within ten seconds and 1 GB. As neither values alone nor errors
 * alone would say much, both have to come.
 */
export async function onlyClearErrors<Input>(
  inputs: fc.Arbitrary<Input>,
  read: (input: Input) => unknown,
  { count, isClear = isOurs }: FuzzOptions,
): Promise<void> {
  const outcomes = { values: 0, errors: 0 };
  const before = process.memoryUsage().rss;
  const property = fc.asyncProperty(inputs, async (input) => {
    const start = performance.now();
    try {
      await read(input);
      outcomes.values++;
    } catch (error) {
      if (!isClear(error)) throw error;
      expect(error.message).not.toMatch(/[\n\r]|^\s*at /);
      outcomes.errors++;
    }
    expect(performance.now() - start).toBeLessThan(10_000);
  });
  await fc.assert(property, { seed, numRuns: times * count, endOnFailure: true });
  const most = process.resourceUsage().maxRSS * 1024; // since the process began
  expect(most - before).toBeLessThan(1e9);
  expect(outcomes).toEqual({ values: expect.toSatisfy(isSome) as number, errors: expect.toSatisfy(isSome) as number });
}

const isOurs = (error: unknown): error is LifelongError => error instanceof LifelongError;
const isSome = (count: number): boolean => count > 0;
