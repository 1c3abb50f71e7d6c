import { cutLength, cutRows, usedPositions } from '../../core/padding.js';
import type { Batch } from '../../nn/fit.js';
import { allPositions } from './batches.js';

/** Batches whose inputs are cut to the length of the longest, as {@link cutLength} has it: a network that knows padding trains on them alike, but for rounding. */
export async function* cutBatches(batches: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    const [, ...shape] = batch.x.shape;
    const [whole = 0, ...rest] = shape;
    const longest = usedPositions(batch.x.data, shape).reduce((most, used) => Math.max(most, used), 0);
    const length = cutLength(longest, whole);
    yield { ...batch, x: { shape: [batch.size, length, ...rest], data: cutRows(batch.x.data, shape, allPositions(batch.size), length) } };
  }
}
