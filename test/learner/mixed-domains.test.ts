import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRun, readSnapshot } from '../../src/checkpoint/store.js';
import { random } from '../../src/core/random.js';
import type { Examples } from '../../src/core/task.js';
import { exportRun } from '../../src/export/export-run.js';
import { learn } from '../../src/learner/learn.js';
import { readReport } from '../../src/report/summary.js';
import { renderText } from '../../src/report/text.js';
import { openRun } from '../../src/run/open.js';
import { restoreStrategy } from '../../src/run/restore.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { independent } from '../../src/strategies/independent/independent.js';
import { par } from '../../src/strategies/par/par.js';
import type { Strategy } from '../../src/strategies/strategy.js';
import type { UserTask } from '../../src/streams/array-task.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { tempFolder } from '../data/temp-folder.js';
import { largestDifference, play } from '../export/play.js';
import { tasksOf } from '../streams/tiny-data.js';
import { tinyPar, tinyTask } from '../support/tiny-tasks.js';

const folder = tempFolder();

/** Two classes of vectors about two ends of a line. */
function vectorTask(id: string, length: number): UserTask {
  const part = (name: string, count: number) => {
    const source = random(6, id, name);
    const inputs = Array.from({ length: count }, (_, i) => Array.from({ length }, () => (i % 2 ? 1 : -1) + source.normal()));
    return { inputs, labels: inputs.map((_, i) => `${id}${i % 2}`) };
  };
  return { id, train: part('train', 60), test: part('test', 20) };
}

/** Images, vectors, images again of the first patterns, vectors again, and images of another shape. */
const tasks: UserTask[] = [
  tinyTask('a', 0),
  vectorTask('u', 5),
  tinyTask('b', 0, { sample: 1 }),
  vectorTask('v', 5),
  tinyTask('c', 1, { size: 6 }),
];
const inputs = [
  { domain: 'image', shape: [8, 8, 1], dtype: 'float32' },
  { domain: 'vector', shape: [5], dtype: 'float32' },
  { domain: 'image', shape: [8, 8, 1], dtype: 'float32' },
  { domain: 'vector', shape: [5], dtype: 'float32' },
  { domain: 'image', shape: [6, 6, 1], dtype: 'float32' },
];

const cases: [name: string, create: () => Strategy, experts: (string | null)[]][] = [
  ['par', () => par({ ...tinyPar, regularizeThreshold: 1, allocateThreshold: 1 }), ['e0', 'e1', 'e0', 'e1', 'e2']],
  ['independent', () => independent({ epochs: 2, batchSize: 16, channels: 2, cells: 2, engine: 'eager' }), ['e0', 'e1', 'e2', 'e3', 'e4']],
];

describe.each(cases)('%s over tasks of images and of vectors', (name, create, experts) => {
  const path = join(folder, name);

  beforeAll(async () => {
    const strategy = create();
    await lastValueFrom(learn(tasks, strategy, { run: path }));
    strategy.dispose();
  });

  it('learns them, each with an expert for such inputs', async () => {
    const record = await readRun(path);
    expect(record.tasks.map(({ input }) => input)).toEqual(inputs);
    expect(record.tasks.map(({ expert }) => expert)).toEqual(experts);
    expect(record.accuracy).toHaveLength(5);
    const five = Array(5).fill(expect.any(Number)) as number[];
    expect(record.features).toEqual({
      asked: 'auto',
      used: {
        image: { name: 'pixels', sha256: null, size: 196, normalization: null },
        vector: { name: 'vector', sha256: null, size: 5, normalization: { mean: five, std: five } },
      },
      standardize: true,
    });
  });

  it('goes on in the middle of a task of the second domain to the same end', async () => {
    const stopped = `${path}-stopped`;
    const controller = new AbortController();
    const strategy = create();
    await learn(tasks, strategy, { run: stopped, signal: controller.signal })
      .forEach((event) => {
        if (event.type === 'epoch-ended' && event.task === 3) controller.abort();
      })
      .catch(() => undefined);
    strategy.dispose();
    expect((await readRun(stopped)).tasks).toHaveLength(3);
    const run = await openRun(stopped);
    await lastValueFrom(run.resume(tasks));
    run.close();
    const [{ state, arrays }, whole] = [await readSnapshot(stopped), await readSnapshot(path)];
    expect({ state, arrays }).toEqual({ state: whole.state, arrays: whole.arrays });
    expect((await readRun(stopped)).features).toEqual((await readRun(path)).features);
  });

  it('predicts, reports and is exported', async () => {
    const report = await readReport(path);
    expect(report.features).toEqual({ name: 'image: pixels, vector: vector', sha256: null, size: null });
    expect(renderText(report, { width: 200 })).toContain('features image: pixels, vector: vector');

    const manifest = await exportRun(path, join(folder, `export ${name}`));
    expect(manifest.identification).toBeNull();
    expect(manifest.tasks.map(({ inputShape, inputType, inputRange }) => [inputShape, inputType, inputRange])).toEqual(
      inputs.map(({ domain, shape }) => [shape, 'float32', domain === 'image' ? [0, 1] : null]),
    );
    const strategy = await restoreStrategy(path, await readRun(path));
    const run = await openRun(path);
    const source = random(8, 'examples');
    const logits: Float32Array[] = [];
    const requests = [];
    for (const [i, { input, id, index }] of run.record.tasks.entries()) {
      const { shape } = input;
      const length = shape.reduce((product, side) => product * side, 1);
      const examples: Examples = {
        shape,
        inputs: Float32Array.from({ length: 3 * length }, () => source.uniform()),
        labels: new Int32Array(3),
      };
      logits.push((await strategy.predict(run.record.tasks[i] ?? expect.fail(), examples)).logits);
      expect(await run.predict(examples.inputs as Float32Array, { task: id })).toHaveLength(3);
      requests.push({
        model: join(folder, `export ${name}`, `task-${index}`, 'model.json'),
        shape,
        values: Array.from(examples.inputs),
        batch: 2,
      });
    }
    await expect(run.identify(new Float32Array(64))).rejects.toMatchObject({ code: 'usage' });
    run.close();
    strategy.dispose();
    const answers = await play(requests, folder);
    answers.forEach((answer, i) => expect(largestDifference(answer.logits.flat(), logits[i] ?? [])).toBeLessThan(1e-5));
  });
});

it('par measures tasks of one domain alone against each other, be their features as long as those of another', async () => {
  const path = join(folder, 'as-long');
  const strategy = par({ ...tinyPar, regularizeThreshold: -1, allocateThreshold: 1 });
  await lastValueFrom(learn([tinyTask('a', 0), vectorTask('u', 196), vectorTask('v', 196)], strategy, { run: path }));
  strategy.dispose();
  const [, u, v] = (await readRun(path)).tasks;
  expect(u?.divergence).toEqual([1]);
  expect(u?.decision).toEqual({
    kind: 'search',
    threshold: null,
    divergences: {},
    noiseFloor: u?.decision?.noiseFloor,
    reason: 'Nothing is known yet of such inputs: their first task searches its architecture.',
  });
  expect(v?.divergence[0]).toBe(1);
  expect(v?.decision).toMatchObject({ kind: 'reuse-architecture', from: 'e1', nearest: 'u' });
  expect(Object.keys(v?.decision?.divergences ?? {})).toEqual(['e1']);
});

it('a strategy whose tasks share a network refuses the second kind of inputs, and says what learns them', async () => {
  const strategy = finetune({ epochs: 1, channels: 2, cells: 1 });
  await expect(lastValueFrom(learn(tasks, strategy))).rejects.toMatchObject({
    code: 'data',
    message: 'task u: inputs of shape [8,8,1] expected, as the shared network has them, found [5]',
  });
  strategy.dispose();
});

describe('a manifest of images and vectors', () => {
  const table = (length: number) => {
    const source = random(7, 'table', length);
    const rows = Array.from({ length: 60 }, (_, i) => [...Array.from({ length }, () => ((i % 2) + source.uniform()) / 2), i % 2].join());
    return [[...Array.from({ length }, (_, i) => `p${i}`), 'y'].join(), ...rows, ''].join('\n');
  };
  const write = (name: string, rest = '') => {
    writeFileSync(join(folder, 'images.csv'), table(16));
    writeFileSync(join(folder, 'vectors.csv'), table(3));
    const path = join(folder, `${name}.yaml`);
    writeFileSync(
      path,
      `name: ${name}\ndatasets:\n  images: { source: csv, train: images.csv, label: y, shape: [4, 4, 1] }\n  vectors: { source: csv, train: vectors.csv, label: y }\n` +
        `tasks: { sequence: [{ data: images }, { data: vectors }] }\n${rest}`,
    );
    return path;
  };
  const quick = () => par({ ...tinyPar, cells: 2 });

  it('has the extractor of each domain by default, or as it says, and goes on without its tasks being handed over', async () => {
    expect((await loadStream(write('plain'))).features).toEqual({ image: 'pixels', vector: 'vector' });
    const stream = await loadStream(write('told', 'features: { image: pixels, vector: vector }\n'));
    const path = join(folder, 'told-run');
    const strategy = quick();
    await lastValueFrom(learn(stream, strategy, { run: path, tasks: 1 }));
    strategy.dispose();
    expect((await readRun(path)).features).toEqual({
      asked: { image: 'pixels', vector: 'vector' },
      used: { image: { name: 'pixels', sha256: null, size: 196, normalization: null } },
      standardize: true,
    });
    const run = await openRun(path);
    await lastValueFrom(run.resume());
    run.close();
    const { features, tasks: done } = await readRun(path);
    expect(done).toHaveLength(2);
    expect(features.used).toMatchObject({ image: { name: 'pixels' }, vector: { name: 'vector', size: 3 } });
  });

  it('resizes and augments the images alone', async () => {
    const stream = await loadStream(write('flipped', 'input: { size: 6, channels: 3 }\naugment: [flip]\n'));
    const found = (await tasksOf(stream)).map(({ input, augment }) => [input.shape, augment]);
    expect(found).toEqual([
      [[6, 6, 3], [{ kind: 'flip' }]],
      [[3], []],
    ]);
  });

  it('is refused with one extractor that does not fit all, before that task is learned', async () => {
    const strategy = quick();
    const types: string[] = [];
    const learning = learn(await loadStream(write('one', 'features: pixels\n')), strategy).forEach((event) => {
      types.push(`${event.type} ${'task' in event ? event.task : ''}`);
    });
    await expect(learning).rejects.toThrow('features pixels: images [height, width, channels] expected, found inputs [3]');
    strategy.dispose();
    expect(types.filter((type) => type.endsWith(' 1'))).toEqual(['task-started 1']);
  });

  it('is refused with a domain that there is not', async () => {
    await expect(loadStream(write('unknown', 'features: { images: pixels }\n'))).rejects.toThrow('did you mean "image"?');
  });
});
