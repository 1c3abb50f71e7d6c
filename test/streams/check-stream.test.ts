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
          input: { domain: 'vector', shape: [1], dtype: 'float32' },
          inputShape: [1],
          train: 3,
          validation: 2,
          test: 3,
          classes: [
            { name: 'a', train: 2, validation: 1, test: 3 },
            { name: 'b', train: 1, validation: 1, test: 0 },
            { name: 'c', train: 0, validation: 0, test: 0 },
          ],
          range: [1, 6],
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

  it('warns of images whose values are not in [0, 1]', async () => {
    const part = { inputs: Float32Array.of(0, 255, 3, 4), labels: ['a'] };
    const { warnings } = await checkStream(
      arrayStream([{ inputShape: [2, 2], train: part, validation: part, test: { ...part, inputs: new Float32Array(4) } }]),
    );
    expect(warnings).toEqual(['task 0 (a): image values from 0 to 255, 0 to 1 expected: set data.scale']);
  });

  it('refuses a stream that may not end', async () => {
    await expect(checkStream(arrayStream(new Set([])))).rejects.toMatchObject({ code: 'usage' });
  });
});
