import { Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { arrayStream, type UserTask } from '../../src/streams/array-task.js';
import { dataOf, readAll, tasksOf } from './tiny-data.js';

const task = (id?: string | number): UserTask => ({ ...(id === undefined ? {} : { id }), ...dataOf(['a', 'b'], 10) });

const failure = (userTask: UserTask) => tasksOf(arrayStream(of(userTask)));

describe('arrayStream', () => {
  it('gives ids and names where the user has none', async () => {
    const tasks = await tasksOf(arrayStream([task(), { ...task('x'), name: 'letters' }]));
    expect(tasks.map(({ id, index, name }) => [id, index, name])).toEqual([
      ['0', 0, 'a vs b'],
      ['x', 1, 'letters'],
    ]);
    expect(tasks[0]?.validation.size).toBe(2);
  });

  it('takes any labels and gives them back as classes', async () => {
    const inputs = Float64Array.of(1.5, 2.5, 3.5, 4.5, 5.5, 6.5);
    const part = { inputs, labels: [-7, 40_000, -7] };
    const [only] = await tasksOf(arrayStream([{ train: part, validation: part, test: part, inputShape: [2] }]));
    expect(only?.classes).toEqual([-7, 40_000]);
    const { inputs: read, labels } = await readAll(only?.train ?? expect.fail());
    expect(Array.from(read)).toEqual([1.5, 2.5, 3.5, 4.5, 5.5, 6.5]);
    expect(Array.from(labels)).toEqual([0, 1, 0]);
  });

  it('reads bytes as value / 255 and a height and width as one channel', async () => {
    const part = { inputs: Uint8Array.of(0, 255, 51, 102), labels: Int32Array.of(1) };
    const [only] = await tasksOf(arrayStream([{ train: part, validation: part, test: part, inputShape: [2, 2] }]));
    expect(only?.input.shape).toEqual([2, 2, 1]);
    expect(Array.from((await readAll(only?.test ?? expect.fail())).inputs)).toEqual([0, 1, Math.fround(0.2), Math.fround(0.4)]);
  });

  it('reads rows of bytes as value / 255 too, also among rows of other numbers', async () => {
    const bytes = { inputs: [Uint8Array.of(0, 255), Uint8Array.of(51, 102)], labels: [0, 1] };
    const mixed = { inputs: [Uint8Array.of(0, 255), [0.25, 3]], labels: [0, 1] };
    const [only] = await tasksOf(arrayStream([{ train: bytes, validation: mixed, test: bytes }]));
    expect(Array.from((await readAll(only?.train ?? expect.fail())).inputs)).toEqual([0, 1, Math.fround(0.2), Math.fround(0.4)]);
    expect(Array.from((await readAll(only?.validation ?? expect.fail())).inputs)).toEqual([0, 1, 0.25, 3]);
  });

  it('keeps whole numbers of 32 bits, and has those of other parts be such', async () => {
    const ids = { inputs: Int32Array.of(7, 0, 2, 9), labels: ['a', 'b'] };
    const rows = { inputs: [Int32Array.of(7, 0), Int32Array.of(2, 9)], labels: ['a', 'b'] };
    const numbers = { inputs: [[7, 0], [2, 9]], labels: ['a', 'b'] }; // prettier-ignore
    const tasks = await tasksOf(
      arrayStream([
        { train: ids, validation: rows, test: numbers, inputShape: [2] },
        { train: rows, validation: rows, test: rows },
      ]),
    );
    for (const { input, normalization, train, validation, test } of tasks) {
      expect([input, normalization]).toEqual([{ domain: 'vector', shape: [2], dtype: 'int32' }, null]);
      for (const split of [train, validation, test]) expect((await readAll(split)).inputs).toEqual(Int32Array.of(7, 0, 2, 9));
    }
    const broken = { train: ids, validation: ids, test: { inputs: [[7, 0.5]], labels: ['a'] }, inputShape: [2] };
    await expect(failure(broken)).rejects.toThrow('task "0" test: whole numbers of 32 bits expected, found 0.5 in sample 0 (value 1 of 2)');
  });

  it('takes a domain that the shape can be of, and no other', async () => {
    const image = { ...task(), domain: 'image' } as const;
    expect(() => arrayStream([image])).toThrow('task "0": images [height, width, channels] expected as inputs, found [3]');
    const [vector] = await tasksOf(arrayStream([{ ...task(), domain: 'vector' }]));
    expect(vector?.input.domain).toBe('vector');
  });

  it('augments images alone: vectors are refused where there are no others, and named where more may come', async () => {
    const augment = [{ kind: 'flip' }] as const;
    expect(() => arrayStream([task()], { augment })).toThrow(
      'augment: images [height, width, channels] expected, found examples of shape [3]',
    );
    const pushed = arrayStream(of(task()), { augment });
    expect((await tasksOf(pushed)).map((found) => found.augment)).toEqual([[]]);
    expect(pushed.notes?.()).toEqual(['augment changes no vectors [length]: they stay as they are']);
  });

  it('is asked for the next task only when one is wanted', async () => {
    let made = 0;
    function* forever(): Generator<UserTask> {
      for (;;) yield { ...task(), id: made++ };
    }
    const stream = arrayStream(forever());
    expect(stream.size).toBeUndefined();
    const iterator = (stream.tasks() as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    await iterator.next();
    expect(made).toBe(1);
    await iterator.next();
    expect(made).toBe(2);
    await iterator.return?.();
  });

  it('takes async generators and observables, skipping what was learned', async () => {
    async function* slowly(): AsyncGenerator<UserTask> {
      for (const id of ['a', 'b', 'c']) yield await Promise.resolve(task(id));
    }
    expect((await tasksOf(arrayStream(slowly()), 1)).map(({ id, index }) => [id, index])).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
    const pushed = new Observable<UserTask>((subscriber) => {
      for (const id of ['a', 'b', 'c']) subscriber.next(task(id));
      subscriber.complete();
    });
    expect((await tasksOf(arrayStream(pushed), 2)).map(({ id, index }) => [id, index])).toEqual([['c', 2]]);
  });

  it('a source may go on where an earlier process stopped', async () => {
    expect((await tasksOf(arrayStream([task()], { first: 3 }), 3)).map(({ id, index }) => [id, index])).toEqual([['3', 3]]);
  });

  it.each([
    [[0, 1, 1], /task id "1" is used twice \(task 2\)/],
    [[0, '0'], /task id "0" is used twice \(task 1\)/],
    [[0.5], /task 0: an integer or a string expected as id, found 0.5/],
  ])('refuses ids %j', async (ids, message) => {
    await expect(tasksOf(arrayStream(of(...ids.map(task))))).rejects.toThrow(message);
  });

  it.each<[string, Partial<UserTask>, RegExp]>([
    ['fewer labels', { train: { inputs: [[1], [2]], labels: [0] } }, /task "0" train: .* found 1 labels and inputs for 2 examples/],
    [
      'flat inputs of another length',
      { train: { inputs: new Float32Array(7), labels: [0, 1] }, inputShape: [3] },
      /found 2 labels and inputs for 2\.33 examples \(7 values, 3 each\)/,
    ],
    ['ragged rows', { train: { inputs: [[1, 2], [3]], labels: [0, 1] } }, /2 values expected in sample 1, found 1/],
    ['flat inputs without a shape', { train: { inputs: new Float32Array(4), labels: [0, 1] } }, /inputShape expected/],
    [
      'NaN',
      {
        train: {
          inputs: [
            [1, 2],
            [3, NaN],
          ],
          labels: [0, 1],
        },
      },
      /finite numbers expected, found NaN in sample 1 \(value 1 of 2\)/,
    ],
    [
      'a value beyond float32',
      { train: { inputs: [[1e39]], labels: [0] } },
      /value 0 of 1: numbers from 1\.2e-38 to 3\.4e\+38, as float32 has them, expected, found 1e\+39/,
    ],
    [
      'a fraction as label',
      { train: { inputs: [[1], [2]], labels: [0, 0.5] } },
      /sample 1: an integer or a string expected as label, found 0.5/,
    ],
    [
      'a label that is not declared',
      { train: { inputs: [[1], [2]], labels: ['rose', 'tulp'] }, classes: ['rose', 'tulip'] },
      /train, sample 1: label "tulp" is none of the classes "rose", "tulip"/,
    ],
    ['a class declared twice', { ...task(), classes: ['a', 'b', 'a'] }, /class "a" is listed twice/],
  ])('refuses %s', async (_, part, message) => {
    const test = { inputs: part.train?.inputs instanceof Float32Array ? new Float32Array(0) : [], labels: [] };
    await expect(failure({ test, ...part } as UserTask)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(message) as string,
    });
  });

  it('checks an array of tasks before the first is learned', () => {
    const bad = { ...task(), train: { inputs: [[1, 2, NaN]], labels: ['a'] } };
    expect(() => arrayStream([task(), bad])).toThrow(/task "1" train: finite numbers expected/);
  });
});
