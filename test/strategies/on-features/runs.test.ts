import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import type { FeatureExtractor } from '../../../src/core/features.js';
import { readSnapshot } from '../../../src/checkpoint/store.js';
import { vector } from '../../../src/features/vector.js';
import { learn } from '../../../src/learner/learn.js';
import { openRun } from '../../../src/run/open.js';
import { finetune } from '../../../src/strategies/finetune/finetune.js';
import { ncm } from '../../../src/strategies/ncm/ncm.js';
import { probe } from '../../../src/strategies/probe/probe.js';
import { ranpac } from '../../../src/strategies/ranpac/ranpac.js';
import { slda } from '../../../src/strategies/slda/slda.js';
import { tinyTask } from '../../support/tiny-tasks.js';
import { userTask } from './vector-tasks.js';

const folder = mkdtempSync(join(tmpdir(), 'lifelong-on-features-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const tasks = [tinyTask('a', 1, { train: 1500 }), tinyTask('b', 2, { train: 1500 })];
const image = (tasks[1]?.test.inputs as Float32Array).slice(0, 64);

/** Features that the registry does not know. */
const columns: FeatureExtractor = {
  name: 'columns of a program',
  sha256: null,
  size: () => 8,
  extract: ({ inputs }) =>
    Promise.resolve(
      Float32Array.from({ length: inputs.length / 8 }, (_, i) =>
        Float32Array.from(inputs.subarray(8 * i, 8 * i + 8)).reduce((sum, value) => sum + value, 0),
      ),
    ),
  dispose: () => undefined,
};

describe('a run on features alone', () => {
  it.each([
    ['ncm', () => ncm()],
    ['slda', () => slda()],
    ['ranpac', () => ranpac({ projection: 30 })],
    ['probe', () => probe()],
  ])('stopped in the middle of a task ends as if it had not: %s', async (name, create) => {
    const [whole, stopped] = [join(folder, `${name}-whole`), join(folder, `${name}-stopped`)];
    await lastValueFrom(learn(tasks, create(), { run: whole, features: columns }));
    const controller = new AbortController();
    const stopping = tap((event: { type: string; task?: number }) => {
      if (event.type === 'examples-added' && event.task === 1) controller.abort();
    });
    await expect(
      lastValueFrom(learn(tasks, create(), { run: stopped, features: columns, signal: controller.signal }).pipe(stopping)),
    ).rejects.toThrow('interrupted');
    const begun = await openRun(stopped);
    expect(begun.record.status).toBe('interrupted');
    expect(begun.record.state['progress']).toMatchObject({ task: 'b' });
    await lastValueFrom(begun.resume(tasks, { features: columns }));
    expect(await readSnapshot(stopped)).toEqual(await readSnapshot(whole));
    const [one, other] = [(await openRun(whole)).record, (await openRun(stopped)).record];
    expect(other.accuracy).toEqual(one.accuracy);
    expect(other.classIncremental).toEqual(one.classIncremental);
  });

  it('does not write the sums of a learned task again', async () => {
    const path = join(folder, 'files');
    await lastValueFrom(learn(tasks, slda(), { run: path, features: columns, tasks: 1 }));
    const before = (await openRun(path)).record.files;
    await lastValueFrom((await openRun(path)).resume(tasks, { features: columns }));
    const after = (await openRun(path)).record.files;
    for (const group of ['heads/0', 'held-out/0', 'standardization/features']) expect(after[group]).toEqual(before[group]);
    expect(after['moments/train']).not.toEqual(before['moments/train']);
  });

  it('answers among all classes, with probabilities, with the extractor that it is handed', async () => {
    const path = join(folder, 'classify');
    await lastValueFrom(learn(tasks, slda(), { run: path, features: columns }));
    const run = await openRun(path, { features: columns });
    const { classes, predictions } = await run.classify(image);
    expect(classes).toEqual(['a-class0', 'a-class1', 'b-class0', 'b-class1']);
    expect(predictions[0]).toMatchObject({ class: 'b-class0' });
    expect(predictions[0]?.probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    run.close();
    const without = await openRun(path);
    await expect(without.classify(image)).rejects.toMatchObject({
      hint: expect.stringContaining('openRun(run, { features: extractor })') as string,
    });
    without.close();
  });

  it('answers as it did when it learned, columns standardized by the first task', async () => {
    const path = join(folder, 'columns');
    const vectors = await Promise.all(['a', 'b'].map((id, i) => userTask(id, i)));
    await lastValueFrom(learn(vectors, ncm(), { run: path }));
    const run = await openRun(path);
    const { features, accuracy } = run.record;
    expect(features.used.vector?.normalization?.mean).toHaveLength(6);
    for (const [i, { id, test }] of vectors.entries()) {
      const predictions = await run.predict(test.inputs, { task: String(id) });
      const right = predictions.filter((prediction, row) => prediction.class === test.labels[row]).length;
      expect(right / predictions.length).toBe(accuracy[1]?.[i]);
    }
    run.close();
    const other = await openRun(path, { features: vector() });
    await expect(other.classify(vectors[0]?.test.inputs as Float32Array)).rejects.toThrow(
      'features vector: columns standardized as in the run expected, found columns as they are',
    );
    other.close();
  });

  it('says why there is no answer among all classes', async () => {
    const path = join(folder, 'trained');
    await lastValueFrom(learn(tasks, finetune({ network: 'mlp', units: 2, epochs: 1 }), { run: path }));
    const run = await openRun(path);
    await expect(run.classify(image)).rejects.toThrow('a strategy that answers among all classes expected, found finetune');
    run.close();
  });
});
