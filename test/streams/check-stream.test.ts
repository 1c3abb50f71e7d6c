import { describe, expect, it } from 'vitest';
import { arrayStream } from '../../src/streams/array-task.js';
import { checkStream } from '../../src/streams/check-stream.js';

describe('checkStream', () => {
  it('counts classes and splits, finds duplicates and missing classes', async () => {
    const stream = arrayStream([
      {
        classes: ['a', 'b', 'c'],
        train: { inputs: [[1], [2], [3]], labels: ['a', 'a', 'b'] },
        validation: { inputs: [[4], [5]], labels: ['a', 'b'] },
        test: { inputs: [[1], [5], [6]], labels: ['a', 'a', 'a'] },
      },
    ]);
    expect(await checkStream(stream)).toEqual({
      name: 'tasks',
      tasks: [
        {
          id: '0',
          name: 'a vs b vs c',
          inputShape: [1],
          train: 3,
          validation: 2,
          test: 3,
          classes: [
            { name: 'a', train: 2, validation: 1, test: 3 },
            { name: 'b', train: 1, validation: 1, test: 0 },
            { name: 'c', train: 0, validation: 0, test: 0 },
          ],
          duplicates: 2,
        },
      ],
      warnings: [
        'task 0 (a vs b vs c): no train samples of c',
        'task 0 (a vs b vs c): no validation samples of c',
        'task 0 (a vs b vs c): no test samples of b, c',
        'task 0 (a vs b vs c): 2 test examples are also in training or validation',
      ],
    });
  });

  it('refuses a stream that may not end', async () => {
    await expect(checkStream(arrayStream(new Set([])))).rejects.toMatchObject({ code: 'usage' });
  });
});
