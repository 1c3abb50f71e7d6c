import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun, verifyRun } from '../../src/checkpoint/store.js';
import { exportRun } from '../../src/export/export-run.js';
import { allPositions } from '../../src/experts/training/batches.js';
import { memberBatches } from '../../src/experts/training/member-batches.js';
import { random } from '../../src/core/random.js';
import { learn } from '../../src/learner/learn.js';
import type { Batch } from '../../src/nn/fit.js';
import { readReport } from '../../src/report/summary.js';
import { renderText } from '../../src/report/text.js';
import { openRun } from '../../src/run/open.js';
import { checkStrategy } from '../../src/strategies/check/check-strategy.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { independent } from '../../src/strategies/independent/independent.js';
import { par } from '../../src/strategies/par/par.js';
import { largestDifference, play } from '../export/play.js';
import { tinyBackbone, tinyImageTasks, writeTinyLite0 } from '../support/tiny-backbone.js';
import { tinyTask } from '../support/tiny-tasks.js';
import { contextFor, learnTasks, scores, stateAfter, tinyCells } from './tiny-strategies.js';

const tasks = checkTasks(2);
const cells = { ...tinyCells, batchSize: 4, ensemble: 3 } as const;
const patches = { ...cells, network: 'patch' as const, stages: ['stage7', 'head'] };

const folder = mkdtempSync(join(tmpdir(), 'lifelong-ensemble-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('independent with ensembles', () => {
  it('of one member is independent without, bit for bit', async () => {
    const plain = { ...tinyCells, batchSize: 4 } as const;
    expect(await stateAfter(independent({ ...plain, ensemble: 1 }), tasks)).toEqual(await stateAfter(independent(plain), tasks));
  });

  it('is stopped within and gone on with, bit for bit: cells, also compiled, and patches on a backbone', async () => {
    await checkStrategy(() => independent(cells), { tasks });
    await checkStrategy(() => independent({ ...cells, engine: 'auto' }), { tasks });
    await checkStrategy(() => independent(patches), { tasks: checkTasks(2), backbone: tinyBackbone() });
  });

  it('answers by the mean probability of members that have become different', async () => {
    const [task] = tasks;
    if (!task) throw new RangeError('a task expected');
    const strategy = independent(cells);
    await learnTasks(strategy, [task], contextFor(tasks));
    const { logits, members = new Float32Array(), classes } = await strategy.predict(task, await task.test.read(allPositions(4)));
    expect(members).toHaveLength(3 * logits.length);
    for (let i = 0; i < 4; i++) {
      const each = [0, 1, 2].map((k) => {
        const row = [...members.subarray((i * 3 + k) * classes, (i * 3 + k + 1) * classes)].map(Math.exp);
        return row.map((value) => value / row.reduce((sum, other) => sum + other, 0));
      });
      expect(new Set(each.map(([p]) => p)).size).toBe(3);
      for (let c = 0; c < classes; c++) {
        expect(logits[i * classes + c]).toBeCloseTo(Math.log(each.reduce((sum, p) => sum + (p[c] ?? 0) / 3, 0)), 5);
      }
    }
    strategy.dispose();
  });

  it.each([
    [{ ...cells, ensemble: 40 }, /^task task a: a batch an epoch expected for each of 40 members of an ensemble, found \d+$/],
    [{ ...cells, optimizer: 'adamw' }, /^an ensemble: optimizer sgd expected, found adamw$/],
    [{ ...cells, network: 'mlp' }, /^ensemble: a network with batch norms or patches expected, found perceptron$/],
  ] as const)('refuses what cannot be one (%#)', async (options, message) => {
    const strategy = independent(options);
    await expect(learnTasks(strategy, tasks.slice(0, 1), contextFor(tasks))).rejects.toThrow(message);
    strategy.dispose();
  });
});

describe('par with ensembles of patches', () => {
  const attaching = {
    ...tinyCells,
    samples: 1,
    batchSize: 4,
    attach: 'patch',
    attachThreshold: 1,
    regularizeThreshold: -1,
    ensemble: 3,
  } as const;

  it('on experts: each patch is one, the expert is none, and earlier answers stay, to the last bit', async () => {
    const [first, second] = tasks;
    if (!first || !second) throw new RangeError('two tasks expected');
    const strategy = par(attaching);
    await learnTasks(strategy, [first], contextFor(tasks));
    const before = await scores(strategy, first);
    await learnTasks(strategy, [second], contextFor(tasks));
    expect(await scores(strategy, first)).toEqual(before);
    expect(strategy.experts().map(({ architecture: { kind, members, of } }) => [kind, members, of])).toEqual([
      ['cells', undefined, undefined],
      ['ensemble', 3, { kind: 'patched' }],
    ]);
    const { members } = await strategy.predict(second, await second.test.read(allPositions(2)));
    expect(members).toHaveLength(2 * 3 * second.classes.length);
    strategy.dispose();
  });

  it('on experts are stopped within and gone on with, bit for bit', async () => {
    await checkStrategy(() => par(attaching), { tasks });
  });

  const on = { ...tinyCells, samples: 1, batchSize: 4, stages: ['head'], ensemble: 3, regularizeThreshold: 1 };
  it.each([
    ['are trained further', on, 22],
    ['are trained further with norms of their own', { ...on, norms: 'task' as const }, 22],
    ['are joined by a head alone, on less than half of the examples,', on, 10],
  ])('on a backbone %s and searched for, stopped within and gone on with, bit for bit', async (_, options, size) => {
    const [first, second] = checkTasks(2);
    if (!first || !second) throw new RangeError('two tasks expected');
    expect(second.train.size).toBe(22);
    const given = [first, { ...second, train: { ...second.train, size } }];
    const backbone = tinyBackbone();
    const strategy = par(options);
    await learnTasks(
      strategy,
      given.map((task) => ({ ...task, normalization: null })),
      { ...contextFor(given), backbone },
    );
    expect(strategy.experts().map(({ architecture, tasks: of }) => [architecture.kind, of.length])).toEqual([['ensemble', 2]]);
    strategy.dispose();
    await checkStrategy(() => par(options), { tasks: given, backbone });
  });
});

describe('the members of batches', () => {
  it('each come once before one comes again, in an order that the seed gives', async () => {
    const given = Array.from({ length: 11 }, (_, i): Batch => ({
      size: i,
      x: { shape: [0], data: new Float32Array() },
      y: new Int32Array(),
    }));
    const drawn = async (seed: number) => {
      async function* batches(): AsyncGenerator<Batch> {
        yield* await Promise.resolve(given);
      }
      const members: number[] = [];
      for await (const { more } of memberBatches(batches(), 4, random(seed, 'members'))) members.push(more?.['member']?.data[0] ?? -1);
      return members;
    };
    const members = await drawn(1);
    expect(members).toHaveLength(11);
    for (const start of [0, 4]) expect([...members.slice(start, start + 4)].sort()).toEqual([0, 1, 2, 3]);
    expect(new Set(members.slice(8)).size).toBe(3);
    expect(await drawn(1)).toEqual(members);
    const others = await Promise.all([2, 3, 4, 5].map(drawn));
    expect(others.some((other) => other.join() !== members.join())).toBe(true);
  });
});

describe.each([
  ['cells', () => learn([tinyTask('a', 0), tinyTask('b', 1)], independent(cells), { run: join(folder, 'cells') })],
  [
    'patches on a backbone',
    () =>
      learn(tinyImageTasks.slice(0, 2), independent(patches), {
        run: join(folder, 'patches on a backbone'),
        backbone: `efficientnet-lite0:${writeTinyLite0()}@32`,
      }),
  ],
])('a run with ensembles of %s', (name, begin) => {
  const run = join(folder, name);

  it('says how members differ, and what calibration error is by chance, in its record and report', async () => {
    await lastValueFrom(begin());
    expect(await verifyRun(run)).toEqual([]);
    const { tasks: records, experts } = await readRun(run);
    expect(experts.map(({ architecture }) => [architecture.kind, architecture['members']])).toEqual([
      ['ensemble', 3],
      ['ensemble', 3],
    ]);
    for (const { calibration } of records) {
      expect(calibration?.mutualInformation).toBeGreaterThan(0);
      expect(calibration?.disagreement).toBeGreaterThanOrEqual(0);
      expect(calibration?.eceNoiseFloor).toBeGreaterThan(0);
    }
    const report = await readReport(run);
    expect(report.calibration.mutualInformation).toBeCloseTo(
      ((records[0]?.calibration?.mutualInformation ?? NaN) + (records[1]?.calibration?.mutualInformation ?? NaN)) / 2,
      12,
    );
    const text = renderText(report).replaceAll(/\s+/g, ' ');
    expect(text).toMatch(/ECE \d\.\d+ \(noise floor \d\.\d+\), NLL .*; members: disagreement \d\.\d+, mutual information \d\.\d+/);
  });

  it('is predicted with and exported with averaged probabilities', async () => {
    const { tasks: records } = await readRun(run);
    const [task] = records;
    if (!task) throw new RangeError('a task expected');
    const count = 7;
    const length = task.input.shape.reduce((product, side) => product * side, 1);
    const source = random(3);
    const values = Float32Array.from({ length: count * length }, () => source.uniform());
    const opened = await openRun(run);
    const found = await opened.predict(values, { task: task.id });
    opened.close();
    const out = join(folder, `export ${name}`);
    const manifest = await exportRun(run, out);
    const model = join(out, manifest.tasks[0]?.model ?? '');
    const answers = await play(
      [1, 5].map((batch) => ({ model, shape: task.input.shape, values: [...values], batch })),
      folder,
    );
    for (const { logits } of answers) {
      const probabilities = logits.map((row) => row.map(Math.exp)); // they are logarithms of probabilities
      for (const row of probabilities) expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      // Two backends, two orders of adding up, as in export-run.test.ts.
      expect(
        largestDifference(
          probabilities.flat(),
          found.flatMap((prediction) => prediction.probabilities),
        ),
      ).toBeLessThan(1e-5);
    }
  });
});
