import { lastValueFrom } from 'rxjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prototypes } from '../../src/difficulty/prototypes.js';
import { identify, usualDistances, type Candidate } from '../../src/difficulty/identify.js';
import { learn } from '../../src/learner/learn.js';
import { openRun, type Run } from '../../src/run/open.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { par } from '../../src/strategies/par/par.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

/** Task a: classes around (0, 0) and (10, 0); task b: around (0, 20). Deviation 1 in x, 0 in y. */
const around = (...centres: [number, number][]) => {
  const rows = centres.flatMap(([x, y]) => [
    [x - 1, y],
    [x + 1, y],
  ]);
  return prototypes(
    Float32Array.from(rows.flat()),
    Int32Array.from(rows, (_, i) => Math.floor(i / 2)),
    centres.length,
  );
};
const a: Candidate = { id: 'a', prototypes: around([0, 0], [10, 0]), margin: 0.1 };
const b: Candidate = { id: 'b', prototypes: around([0, 20]), margin: null };
const one = (x: number, y: number, candidates: readonly Candidate[] = [a, b]) => identify(Float32Array.of(x, y), candidates)[0];

describe('usual distances', () => {
  it('are the root mean square ones to be expected of a new example', () => {
    // two samples at ±1: variance 1, times 3/1
    expect(Array.from(usualDistances(a.prototypes))).toEqual([Math.sqrt(3), Math.sqrt(3)]);
  });
  it('are right on average for samples of a class that prototypes have not seen', () => {
    // three samples 0, 1, 5 of which any two make the prototype: mean squared distance of the third
    const samples = [0, 1, 5];
    const squares = samples.map((left, i) => {
      const [p = 0, q = 0] = samples.filter((_, j) => j !== i);
      return {
        real: (left - (p + q) / 2) ** 2,
        told: (usualDistances(prototypes(Float32Array.of(p, q), Int32Array.of(0, 0), 1))[0] ?? 0) ** 2,
      };
    });
    const sum = (key: 'real' | 'told') => squares.reduce((total, square) => total + square[key], 0);
    expect(sum('told')).toBeCloseTo(sum('real'), 5);
  });
  it('take the mean of the other classes where a class has one sample', () => {
    const task = prototypes(Float32Array.of(0, 2, 7), Int32Array.of(0, 0, 1), 3);
    expect(Array.from(usualDistances(task))).toEqual([Math.sqrt(3), Math.sqrt(3), Math.sqrt(3)]);
    expect(Array.from(usualDistances(prototypes(Float32Array.of(1), Int32Array.of(0), 1)))).toEqual([0]);
  });
});

describe('the task of an example', () => {
  it('is that of the nearest class, with its distance and the second nearest task', () => {
    expect(one(10, 1)).toEqual({
      task: 'a',
      abstained: null,
      nearest: 'a',
      distance: 1,
      usualDistance: Math.sqrt(3),
      second: { task: 'b', distance: Math.hypot(10, 19) },
    });
    expect(one(0, 19)?.task).toBe('b');
  });
  it('is not told beyond twice the usual squared distance', () => {
    expect(one(0, Math.sqrt(5.9))?.task).toBe('a');
    expect(one(0, Math.sqrt(6.1))).toMatchObject({
      task: null,
      nearest: 'a',
      abstained: 'far from all tasks: 1.43 times the usual distance from the nearest, a',
    });
  });
  it('is not told where another task is nearer than two halves of the nearest one are alike', () => {
    const near = { ...b, prototypes: around([0, 2.1]) };
    expect(one(0, 1, [a, near])).toMatchObject({ task: null, abstained: 'about as near to task b as to task a: 1.100 and 1.000' }); // ln 1.1 < 0.1
    expect(one(0, 0.99, [a, near])?.task).toBe('a');
    expect(one(0, 1.06, [a, near])?.task).toBe('b'); // b has no margin
    expect(one(0, 0, [a, { ...a, id: 'twin' }])?.task).toBeNull();
  });
  it('knows no second of one task, and no usual distance of single samples', () => {
    const single = { ...a, prototypes: prototypes(Float32Array.of(0, 0), Int32Array.of(0), 1) };
    expect(one(3, 4, [single])).toMatchObject({ task: 'a', distance: 5, usualDistance: null, second: null });
  });
  it('is not told of what is no number', () => {
    expect(one(NaN, 0)).toMatchObject({ task: null, abstained: 'its features are not finite numbers' });
  });
  it('does not depend on the order of tasks or on the other examples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.float({ min: -9, max: 25, noNaN: true }), fc.float({ min: -9, max: 25, noNaN: true })), { minLength: 1 }),
        (points) => {
          const together = identify(Float32Array.from(points.flat()), [b, a]);
          expect(together.map(({ task, distance }) => [task, distance])).toEqual(
            points.map(([x, y]) => [one(x, y)?.task, one(x, y)?.distance]),
          );
        },
      ),
    );
  });
});

describe('a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-identify-'));
  const tasks = [tinyTask('left', 0, { train: 80 }), tinyTask('right', 5, { train: 80 })];
  let run: Run;
  beforeAll(async () => {
    const strategy = par({ ...tinyPar, regularizeThreshold: 1 });
    await lastValueFrom(learn(tasks, strategy, { run: join(folder, 'par') }));
    strategy.dispose();
    run = await openRun(join(folder, 'par'));
  });
  afterAll(() => {
    run.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds the tasks of its own examples, and none for another pattern', async () => {
    for (const { id, test } of tasks) {
      const found = await run.identify(test.inputs);
      expect(found).toHaveLength(20);
      expect(found.filter(({ task }) => task === id).length).toBeGreaterThanOrEqual(18);
    }
    const foreign = await run.identify(tinyTask('other', 9).test.inputs);
    expect(foreign.filter(({ task }) => task !== null)).toEqual([]);
  });
  it('says the same of 300 examples as of each of them', async () => {
    const inputs = tinyTask('left', 0, { train: 4, test: 300 }).test.inputs as Float32Array;
    const [last] = await run.identify(inputs.subarray(299 * 64));
    expect((await run.identify(inputs)).at(-1)).toEqual(last);
  });
  it('refuses inputs of another size, and another extractor than its own', async () => {
    await expect(run.identify(new Float32Array(65))).rejects.toThrow('inputs of shape [n,8,8,1] expected, found 65 numbers');
    await expect(run.identify(new Float32Array(64), { features: 'vector' })).rejects.toThrow(
      'features pixels expected, as the run was made with, found vector',
    );
  });
  it('of a strategy without prototypes says that the task has to be told', async () => {
    const strategy = finetune({ network: 'mlp', units: 4, epochs: 1, engine: 'eager' });
    await lastValueFrom(learn([tinyTask('only', 0)], strategy, { run: join(folder, 'finetune') }));
    strategy.dispose();
    const opened = await openRun(join(folder, 'finetune'));
    await expect(opened.identify(new Float32Array(64))).rejects.toMatchObject({
      code: 'usage',
      hint: 'say which task it is: predict --task ID',
    });
    opened.close();
  });
  it('of tasks with inputs of several shapes says so', async () => {
    const strategy = par({ ...tinyPar, samples: 1, epochs: 1 });
    await lastValueFrom(learn([tinyTask('small', 0), tinyTask('large', 1, { size: 9 })], strategy, { run: join(folder, 'shapes') }));
    strategy.dispose();
    const opened = await openRun(join(folder, 'shapes'));
    await expect(opened.identify(new Float32Array(64))).rejects.toThrow(
      'inputs of one shape expected to choose from, found [8,8,1], [9,9,1]',
    );
    opened.close();
  });
});
