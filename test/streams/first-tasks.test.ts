import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { checkStream } from '../../src/streams/check-stream.js';
import { firstTasks } from '../../src/streams/first-tasks.js';
import { loadStream } from '../../src/streams/load-stream.js';

describe('firstTasks', () => {
  it('leaves out the later tasks, from any start', async () => {
    const stream = await loadStream('split-mnist', { set: { 'limits.train': 40, 'limits.test': 20 } });
    const two = firstTasks(stream, 2);
    expect((await checkStream(two)).tasks.map(({ id }) => id)).toEqual(['0', '1']);
    expect((await lastValueFrom(from(two.tasks(1)).pipe(toArray()))).map(({ id }) => id)).toEqual(['1']);
    expect(firstTasks(stream, 99).size).toBe(5);
  });
});

describe('augment: none', () => {
  it('is no augmentation', async () => {
    const [plain, none] = await Promise.all([loadStream('split-mnist'), loadStream('split-mnist', { set: { augment: 'none' } })]);
    expect(none.fingerprint).toBe(plain.fingerprint);
    await expect(loadStream('split-mnist', { set: { augment: 'flop' } })).rejects.toThrow(/augment: none, published or a list of flip/);
  });
});
