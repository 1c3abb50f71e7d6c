import { describe, expect, it } from 'vitest';
import type { Split } from '../../src/core/task.js';
import { keptExamples } from '../../src/learner/kept-examples.js';

/** Two numbers an example; counts what is read. */
function counted() {
  const reads: number[][] = [];
  const split: Split = {
    size: 8,
    labels: () => Promise.resolve(new Int32Array(8)),
    read(indices) {
      reads.push([...indices]);
      return Promise.resolve({
        shape: [2],
        inputs: Float32Array.from([...indices].flatMap((i) => [i, 0.5])),
        labels: new Int32Array(indices.length),
      });
    },
  };
  return { reads, split };
}

describe('kept examples', () => {
  it('are read twice and are the same object from then on', async () => {
    const { reads, split } = counted();
    const kept = keptExamples()(split);
    const [first, second, third] = [
      await kept.read(Int32Array.of(0, 1)),
      await kept.read(Int32Array.of(0, 1)),
      await kept.read(Int32Array.of(0, 1)),
    ];
    expect(reads).toHaveLength(2);
    expect(third).toBe(second);
    expect(third).toEqual(first);
    expect((await kept.read(Int32Array.of(1, 0))).inputs).toEqual(Float32Array.of(1, 0.5, 0, 0.5));
  });

  it('are not kept beyond a number of bytes over all splits', async () => {
    const [one, two] = [counted(), counted()];
    const keep = keptExamples(24); // an example has 12
    const [a, b] = [keep(one.split), keep(two.split)];
    for (let i = 0; i < 4; i++) {
      await a.read(Int32Array.of(0, 1));
      await b.read(Int32Array.of(0, 1));
    }
    expect([one.reads.length, two.reads.length]).toEqual([2, 4]);
  });
});
