import { describe, expect, it } from 'vitest';
import { LifelongError } from '../../../src/core/errors.js';
import type { Task } from '../../../src/core/task.js';
import { pixels } from '../../../src/features/pixels.js';
import { ncm } from '../../../src/strategies/ncm/ncm.js';
import { projection } from '../../../src/strategies/ranpac/projection.js';
import { ranpac } from '../../../src/strategies/ranpac/ranpac.js';
import { slda } from '../../../src/strategies/slda/slda.js';
import type { Strategy } from '../../../src/strategies/strategy.js';
import { cosineLogits, ncmLogits, ranpacLogits, sldaLogits, standardized, type Example } from './reference.js';
import { measureStandardization } from '../../../src/strategies/on-features/standardization.js';
import { apart, contextOn, learnAll, namedRows, size, testInputs, vectorTask } from './vector-tasks.js';

const tasks = [vectorTask('a', 0), vectorTask('b', 1), vectorTask('c', 2)];
const [a, b, c] = tasks as [Task, Task, Task];

const random = projection(size, 20, 4);
const lift = (row: readonly number[]) =>
  Array.from({ length: 20 }, (_, m) =>
    Math.max(
      0,
      row.reduce((total, value, i) => total + value * (random[i * 20 + m] ?? 0), 0),
    ),
  );

const forms: Readonly<Record<string, readonly [() => Strategy, (examples: readonly Example[], row: readonly number[]) => number[]]>> = {
  'ncm, euclidean': [() => ncm(), ncmLogits],
  'ncm, cosine': [() => ncm({ distance: 'cosine' }), cosineLogits],
  slda: [() => slda({ shrinkage: 0.01 }), (examples, row) => sldaLogits(examples, row, 0.01)],
  ranpac: [() => ranpac({ projection: 20, ridge: 3 }), (examples, row) => ranpacLogits(examples, row, 3, lift)],
};
const each = Object.entries(forms).map(([name, [create, reference]]) => ({ name, create, reference }));

/** Logits of all classes on the test examples of these tasks. */
async function logitsOf(strategy: Strategy, of: readonly Task[] = tasks): Promise<number[]> {
  const logits: number[] = [];
  for (const task of of) logits.push(...((await strategy.predictClasses?.(await testInputs(task)))?.predictions.logits ?? []));
  return logits;
}

/** Logits by class name, so that orders of classes do not matter. */
async function byName(strategy: Strategy, task: Task): Promise<Record<string, number>> {
  const { names, predictions } = (await strategy.predictClasses?.(await testInputs(task))) ?? { names: [], predictions: { logits: [] } };
  return Object.fromEntries(names.map((name, i) => [name, predictions.logits[i] ?? NaN]));
}

/** How far logits of the last task's examples are from each other after tasks in one order and in another. */
async function apartAfter(create: () => Strategy, order: readonly Task[], otherOrder: readonly Task[]): Promise<number> {
  const [one, other] = [await learnAll(create(), order), await learnAll(create(), otherOrder)];
  const [x, y] = [await byName(one, c), await byName(other, c)];
  one.dispose();
  other.dispose();
  return apart(
    Object.values(x),
    Object.keys(x).map((name) => y[name] ?? NaN),
  );
}

describe.each(each)('$name', ({ create, reference }) => {
  it('answers as the formula in float64 does', async () => {
    const strategy = await learnAll(create(), tasks, contextOn(4));
    const raw = await Promise.all(tasks.map(namedRows));
    const standardize = standardized(raw[0] ?? []);
    const examples = raw.flat().map(({ row, name }) => ({ row: standardize(row), name }));
    const { inputs } = await testInputs(b);
    const rows = Array.from({ length: 20 }, (_, i) => standardize(Array.from(inputs.subarray(i * size, (i + 1) * size))));
    expect(
      apart(
        await logitsOf(strategy, [b]),
        rows.flatMap((row) => reference(examples, row)),
      ),
    ).toBeLessThan(1e-4);
    strategy.dispose();
  });

  it('answers the same whatever the order of tasks after the first, which standardizes', async () => {
    expect(await apartAfter(create, [a, b, c], [a, c, b])).toBeLessThan(1e-4);
  });

  it('adds up a class that is seen again', async () => {
    const [first, second] = [vectorTask('a', 0, { train: 60 }), vectorTask('a', 0, { train: 30, sample: 1 })];
    const strategy = await learnAll(create(), [first, { ...second, id: 'again' }], contextOn(4));
    const raw = [await namedRows(first), await namedRows(second)];
    const standardize = standardized(raw[0] ?? []);
    const examples = raw.flat().map(({ row, name }) => ({ row: standardize(row), name }));
    const { inputs } = await testInputs(a);
    const row = standardize(Array.from(inputs.subarray(0, size)));
    const { logits, classes } = await strategy.predict({ ...second, id: 'again' }, await testInputs(a));
    expect(apart(logits.subarray(0, classes), reference(examples, row))).toBeLessThan(1e-4);
    expect(await strategy.predictClasses?.(await testInputs(a))).toMatchObject({ names: ['a1', 'a2', 'a3'] });
    strategy.dispose();
  });

  it('goes on in the middle of a task from what was saved there, bit for bit', async () => {
    const long = [vectorTask('a', 0, { train: 2100 }), vectorTask('b', 1, { train: 1100 })];
    const whole = await learnAll(create(), long);
    let stopped = create();
    let stops = 0;
    for (const task of long) {
      for (let ended = false; !ended; stops++) {
        const learning = stopped.learn(task, contextOn());
        ended = (await learning.next()).done === true;
        const saved = structuredClone(await stopped.save());
        await learning.return(undefined as never);
        stopped.dispose();
        stopped = create();
        await stopped.restore(saved);
      }
    }
    expect(stops).toBe(3 + 1 + 2 + 1); // blocks of 1024, and the end of each task
    const { state, arrays } = await stopped.save();
    const expected = await whole.save();
    expect(state).toEqual(expected.state);
    expect(arrays).toEqual(expected.arrays);
    whole.dispose();
    stopped.dispose();
  });

  it('learns a class of one example and a task of one class', async () => {
    const lonely = vectorTask('a', 0, { train: 3, validation: 0 });
    const single = vectorTask('b', 1, { classes: ['only'], train: 8, validation: 2 });
    const strategy = await learnAll(create(), [lonely, single]);
    const logits = await logitsOf(strategy, [lonely]);
    expect(logits).toHaveLength(20 * 4);
    expect(logits.every(Number.isFinite)).toBe(true);
    strategy.dispose();
  });

  it('keeps the files of learned tasks as they are', async () => {
    const strategy = await learnAll(create(), [a]);
    const before = await strategy.save();
    await learnAll(
      strategy,
      [b].map((task) => ({ ...task })),
    );
    const after = await strategy.save();
    expect(after.revisions?.['heads/0']).toBe(before.revisions?.['heads/0']);
    expect(after.arrays['heads/0']).toEqual(before.arrays['heads/0']);
    strategy.dispose();
  });
});

describe('features by their own length', () => {
  it.each([
    ['ncm', () => ncm({ standardization: 'length' })],
    ['slda', () => slda({ standardization: 'length' })],
    ['ranpac', () => ranpac({ standardization: 'length', projection: 20 })],
  ])('need no first task: %s answers the same in every order, choices included', async (_, create) => {
    expect(await apartAfter(create, [a, b, c], [c, b, a])).toBeLessThan(1e-4);
  });
});

it('takes two Unicode forms of a name for one class', async () => {
  const [one, other] = ['\u00e9', 'e\u0301'].map((name, i) => vectorTask(`t${i}`, i, { classes: [name, 'x'] })) as [Task, Task];
  const strategy = await learnAll(ncm(), [one, other]);
  const inputs = await testInputs(one);
  expect((await strategy.predictClasses?.(inputs))?.names).toEqual(['\u00e9', 'x']);
  expect((await strategy.predict(other, inputs)).logits).toEqual((await strategy.predict(one, inputs)).logits);
  strategy.dispose();
});

describe('what closed forms refuse', () => {
  const learning = (strategy: Strategy, given: readonly Task[], context = contextOn()) => learnAll(strategy, given, context);

  it('a class without training examples, and a row that is no number', async () => {
    const empty = { ...a, classes: [...a.classes, 'none'] };
    await expect(learning(ncm(), [empty])).rejects.toThrow('task a: training examples of every class expected, found none of class none');
    const broken = {
      ...a,
      train: {
        ...a.train,
        read: async (at: Int32Array) => ({ ...(await a.train.read(at)), inputs: new Float32Array(at.length * size).fill(NaN) }),
      },
    };
    await expect(learning(slda(), [broken])).rejects.toThrow('task a: finite features of vector expected, found NaN');
  });

  it('another length of features, another extractor', async () => {
    const strategy = await learning(ncm(), [a]);
    const short = { ...b, input: { ...b.input, shape: [size - 1] } };
    await expect(learning(strategy, [short])).rejects.toThrow(
      `task b: ${size} features of an example expected, as in the first task, found ${size - 1}`,
    );
    await expect(learning(strategy, [b], { seed: 0, features: pixels() })).rejects.toThrow(
      'features vector expected, as the run was made with, found pixels',
    );
  });

  it('a projection that does not fit into memory, saying how much it needs', async () => {
    const error = await learning(ranpac({ projection: 10_000_000 }), [a]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LifelongError);
    expect(error).toMatchObject({
      code: 'config',
      message: expect.stringMatching(/^ranpac: projection 10000000 needs [\d.]+ GiB of memory, found [\d.]+ GiB$/) as string,
    });
  });

  it('a covariance that cannot be solved for', async () => {
    const flat = vectorTask('a', 0, { train: 3 }); // an example for each class: no scatter at all
    await expect(learning(slda({ shrinkage: 0 }), [flat])).rejects.toThrow(/a positive definite matrix expected.*with 0 added/);
  });

  it('nothing for want of examples to choose by', async () => {
    const single = vectorTask('a', 0, { classes: ['only'], train: 9, validation: 3 });
    for (const strategy of [slda(), ranpac({ projection: 8 })]) {
      await learning(strategy, [single, vectorTask('b', 1, { train: 3, validation: 0 })]);
      expect((await logitsOf(strategy, [single])).every(Number.isFinite)).toBe(true);
      strategy.dispose();
    }
  });

  it('options that there are not', () => {
    expect(() => ncm({ distance: 'manhattan' as 'cosine' })).toThrow('ncm: option distance');
    expect(() => ranpac({ ridge: -1 })).toThrow('ranpac: option ridge');
    expect(() => ranpac({ projection: 0 })).toThrow('ranpac: option projection');
  });
});

describe('the standardization of the first task', () => {
  const measured = (oneUnit: boolean) => {
    const statistics = measureStandardization(3);
    statistics.add(Float32Array.of(0, 1, 7, 2, 1.002, 7)); // deviations 1, 0.001, 0
    return Array.from(statistics.result(oneUnit).deviation);
  };

  it('keeps the units of columns, and lets no feature of a network drown the others', () => {
    expect(measured(false).map((value) => Math.round(1e4 * value) / 1e4)).toEqual([1, 0.001, 1]);
    const [, hardly, never] = measured(true);
    expect(hardly).toBeCloseTo(0.001, 5);
    expect(never).toBeCloseTo(0.0002, 6); // a fifth of the median
  });
});
