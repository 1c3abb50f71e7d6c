import { lastValueFrom, from, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { arrayDataset } from '../../src/data/array-dataset.js';
import { cutStream } from '../../src/streams/cut-stream.js';

it('what tasks need of the whole of their data is worked out once, however many tasks there are', async () => {
  const part = { inputs: Float32Array.from({ length: 40 * 4 }, (_, i) => i / 160), labels: Array.from({ length: 40 }, (_, i) => i % 2) };
  const data = arrayDataset({ inputShape: [2, 2, 1], train: part, test: part }, 'counted');
  const callsFor = async (tasks: number) => {
    const calls = { labels: 0, read: 0 };
    const train = {
      size: data.train.size,
      labels: () => ((calls.labels += 1), data.train.labels()),
      read: (indices: Int32Array) => ((calls.read += 1), data.train.read(indices)),
    };
    const stream = cutStream({ ...data, train }, { permuted: tasks });
    await lastValueFrom(from(stream.tasks()).pipe(toArray()));
    return calls;
  };
  const once = await callsFor(1);
  expect(once.labels).toBe(1);
  expect(once.read).toBeGreaterThan(0);
  expect(await callsFor(4)).toEqual(once);
});
