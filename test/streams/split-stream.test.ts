import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classLists } from '../../src/streams/class-lists.js';
import { cutStream } from '../../src/streams/cut-stream.js';
import { splitStream } from '../../src/streams/split-stream.js';
import { dataOf, examples, readAll, rowsOf, tasksOf } from './tiny-data.js';

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('classLists', () => {
  it('every class is in exactly one task, sizes differ by one at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.integer(),
        fc.boolean(),
        (count, tasks, seed, shuffled) => {
          fc.pre(tasks <= count);
          const names = Array.from({ length: count }, (_, i) => `class ${i}`);
          const lists = classLists(names, tasks, shuffled ? 'seed' : 'natural', seed);
          const sizes = lists.map((list) => list.length);
          expect(lists).toHaveLength(tasks);
          expect(lists.flat().toSorted((a, b) => a - b)).toEqual(names.map((_, i) => i));
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('one task is one task', () => {
    expect(classLists(['a', 'b'], 1, 'natural', 0)).toEqual([[0, 1]]);
  });

  it('follows sizes, an order of classes, and lists of classes', () => {
    expect(classLists(digits, [2, 3, 5], 'natural', 0)).toEqual([
      [0, 1],
      [2, 3, 4],
      [5, 6, 7, 8, 9],
    ]);
    expect(classLists(['a', 'b', 'c', 'd'], 2, ['d', 'b', 'a', 'c'], 0)).toEqual([
      [3, 1],
      [0, 2],
    ]);
    expect(classLists(['a', 'b', 'c'], undefined, [['c'], ['a', 'b']], 0)).toEqual([[2], [0, 1]]);
  });

  it.each([
    [11, 'natural', /at most 10 tasks expected, one class each, found 11/],
    [[6, 6], 'natural', /10 classes expected at most, found 6 \+ 6 = 12/],
    [2, [0, 1, 1], /class 1 is listed twice/],
    [undefined, [[0, 1], [12]], /class 12 is not in the data \(10 classes\)/],
  ] as const)('refuses split %j of order %j', (split, order, message) => {
    expect(() => classLists(digits, split as number, order as 'natural', 0)).toThrow(message);
  });
});

describe('splitStream', () => {
  it("cuts tasks whose labels are class indices and whose class names are the owner's", async () => {
    const tasks = await tasksOf(splitStream(dataOf([5, 'cat', -3, 'dog'], 20), { tasks: 2 }));
    expect(tasks.map(({ id, index, name, classes }) => [id, index, name, classes])).toEqual([
      ['0', 0, '-3 vs 5', [-3, 5]],
      ['1', 1, 'cat vs dog', ['cat', 'dog']],
    ]);
    const { inputs, labels } = await readAll(tasks[1]?.train ?? expect.fail());
    expect(new Set(labels)).toEqual(new Set([0, 1]));
    labels.forEach((label, i) => {
      expect(inputs[3 * i]).toBe(label === 0 ? 1 : 3); // examples() writes the place of the class in its list: cat 1, dog 3
    });
  });

  it('train, validation and test are disjoint and together everything', async () => {
    const [task] = await tasksOf(splitStream(dataOf(['a', 'b'], 30), { tasks: 1 }));
    if (!task) expect.fail();
    const [train, validation, test] = await Promise.all([rowsOf(task.train), rowsOf(task.validation), rowsOf(task.test)]);
    expect([train.length, validation.length, test.length]).toEqual([54, 6, 60]);
    expect(new Set([...train, ...validation, ...test]).size).toBe(120);
  });

  it('holds out a tenth of each class, at least one of two', async () => {
    const inputs = [...Array(25).keys()].map((i) => [i]);
    const labels = inputs.map((_, i) => (i < 2 ? 'rare' : 'common'));
    const [task] = await tasksOf(splitStream({ train: { inputs, labels }, test: { inputs, labels } }, { tasks: 1 }));
    const counts = (list: Int32Array) => [0, 1].map((c) => list.filter((label) => label === c).length);
    expect(task?.classes).toEqual(['common', 'rare']);
    expect(counts((await task?.train.labels()) ?? new Int32Array())).toEqual([21, 1]);
    expect(counts((await task?.validation.labels()) ?? new Int32Array())).toEqual([2, 1]);
  });

  it('a class with training samples but none for validation is named with its task', async () => {
    const data = { train: { inputs: [[1], [2], [3]], labels: ['a', 'a', 'b'] }, test: examples(['a', 'b'], 1) };
    await expect(tasksOf(splitStream({ ...data, test: { inputs: [[1]], labels: ['a'] } }, { tasks: 1 }))).rejects.toMatchObject({
      code: 'data',
      message: 'task 0: class "b" has 1 training samples and none for validation',
      hint: expect.stringContaining('give the class 2 training samples or more') as string,
    });
  });

  it('a declared class without samples is kept', async () => {
    const data = { ...dataOf([0, 1], 10), classes: [0, 1, 2] };
    const [task] = await tasksOf(splitStream(data, { tasks: 1 }));
    expect(task?.classes).toEqual([0, 1, 2]);
    expect(task?.train.size).toBe(18);
  });

  it('limits count training samples without validation, shared equally', async () => {
    const [task] = await tasksOf(splitStream(dataOf([0, 1, 2], 100), { tasks: 1, limits: { train: 50, test: 10 } }));
    const labels = (await task?.train.labels()) ?? new Int32Array();
    expect([0, 1, 2].map((c) => labels.filter((label) => label === c).length)).toEqual([17, 17, 16]);
    expect([task?.train.size, task?.validation.size, task?.test.size]).toEqual([50, 6, 10]);
  });

  it('limits by class', async () => {
    const limits = { perClass: { train: 7, validation: 3, test: 2 } };
    const [task] = await tasksOf(splitStream(dataOf([0, 1], 100), { tasks: 1, limits }));
    expect([task?.train.size, task?.validation.size, task?.test.size]).toEqual([14, 6, 4]);
  });

  it('one seed, one cut; another seed, other samples and another random order', async () => {
    const rows = async (seed: number, order: 'natural' | 'seed') => {
      const tasks = await tasksOf(splitStream(dataOf(digits, 20), { tasks: 5, order, seed, limits: { train: 10 } }));
      return { classes: tasks.map((task) => task.classes), rows: await Promise.all(tasks.map((task) => rowsOf(task.train))) };
    };
    expect(await rows(0, 'seed')).toEqual(await rows(0, 'seed'));
    expect((await rows(0, 'natural')).rows).not.toEqual((await rows(1, 'natural')).rows);
    expect((await rows(0, 'seed')).classes).not.toEqual((await rows(1, 'seed')).classes);
  });

  it('an order seed fixes the order while the seed changes the samples', async () => {
    const classes = async (seed: number) =>
      (await tasksOf(cutStream(dataOf(digits, 4), { split: 5, order: 'seed', orderSeed: 1993 }, { seed }))).map((task) => task.classes);
    expect(await classes(0)).toEqual(await classes(1));
  });

  it('starts at any task with the same tasks', async () => {
    const stream = splitStream(dataOf(digits, 10), { tasks: 5 });
    const [all, late] = [await tasksOf(stream), await tasksOf(stream, 3)];
    expect(late.map((task) => task.id)).toEqual(['3', '4']);
    expect(await rowsOf(late[0]?.train ?? expect.fail())).toEqual(await rowsOf(all[3]?.train ?? expect.fail()));
  });

  it('the fingerprint follows data, cut and seed', () => {
    const prints = [
      splitStream(dataOf([0, 1], 10), { tasks: 2 }),
      splitStream(dataOf([0, 1], 11), { tasks: 2 }),
      splitStream(dataOf([0, 1], 10), { tasks: 1 }),
      splitStream(dataOf([0, 1], 10), { tasks: 2, seed: 1 }),
    ].map((stream) => stream.fingerprint);
    expect(new Set(prints).size).toBe(4);
    expect(splitStream(dataOf([0, 1], 10), { tasks: 2 }).fingerprint).toBe(prints[0]);
  });
});

describe('cutStream', () => {
  it('a repeated task has its own id and fresh samples while there are any', async () => {
    const limits = { train: 20, validation: 4 };
    const tasks = await tasksOf(cutStream(dataOf([0, 1], 30), { split: 1, repeat: [0, 0] }, { limits }));
    const rows = await Promise.all(tasks.map(async (task) => [...(await rowsOf(task.train)), ...(await rowsOf(task.validation))]));
    expect(tasks.map(({ id, name }) => [id, name])).toEqual([
      ['0', '0 vs 1'],
      ['1', '0 vs 1 again'],
      ['2', '0 vs 1 again'],
    ]);
    expect(new Set([...(rows[0] ?? []), ...(rows[1] ?? [])]).size).toBe(48); // 24 of 60 each
    expect(new Set(rows[2]).size).toBe(24); // 12 left, then from the start
  });

  it('permuted tasks hold all classes; the first keeps its inputs', async () => {
    const tasks = await tasksOf(cutStream(dataOf([0, 1], 10), { permuted: 3 }));
    expect(tasks.map(({ name, classes }) => [name, classes])).toEqual([
      ['as it is', [0, 1]],
      ['permutation 1', [0, 1]],
      ['permutation 2', [0, 1]],
    ]);
    const { inputs, labels } = await readAll(tasks[0]?.test ?? expect.fail());
    expect(Array.from(labels)).toEqual(Array.from({ length: 20 }, (_, i) => inputs[3 * i]));
  });

  it('replaces this share of training labels and no test label', async () => {
    const [task] = await tasksOf(cutStream(dataOf([0, 1, 2, 3], 500, 50), { split: 1, labelNoise: 0.4 }));
    const wrong = async (split: 'train' | 'test') => {
      const { inputs, labels } = await readAll(task?.[split] ?? expect.fail());
      return labels.filter((label, i) => label !== inputs[3 * i]).length / labels.length;
    };
    expect(await wrong('test')).toBe(0);
    expect(Math.abs((await wrong('train')) - 0.4)).toBeLessThan(0.05); // 1,800 draws: standard error 0.012
  });

  it('normalizes by training data only: of the data set, or of each task', async () => {
    const inputs = [[0], [2], [10], [14]];
    const data = {
      train: { inputs, labels: [0, 0, 1, 1] },
      validation: { inputs, labels: [0, 0, 1, 1] },
      test: { inputs: [[1e6]], labels: [0] },
    };
    const by = async (normalize: 'dataset' | 'task' | 'none') =>
      (await tasksOf(splitStream(data, { tasks: 2, normalize }))).map((task) => task.normalization);
    const all = { mean: [6.5], std: [Math.sqrt(32.75)] }; // mean of squares 75 less 6.5 squared
    expect(await by('dataset')).toEqual([all, all]);
    expect(await by('task')).toEqual([
      { mean: [1], std: [1] },
      { mean: [12], std: [2] },
    ]);
    expect(await by('none')).toEqual([null, null]);
  });
});
