import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun, verifyRun } from '../../src/checkpoint/store.js';
import { runVersion } from '../../src/core/run-record.js';
import { openRun } from '../../src/run/open.js';

/** Run folders that lifelong wrote when run.json had version 1, with their stream and what they predicted. */
const before = join(import.meta.dirname, '../fixtures/runs-v1');
const { inputs, probabilities } = JSON.parse(readFileSync(join(before, 'predictions.json'), 'utf8')) as {
  inputs: number[];
  probabilities: Record<string, Record<string, number[][]>>;
};

const folder = mkdtempSync(join(tmpdir(), 'lifelong-before-'));
cpSync(before, folder, { recursive: true });
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What a run predicts for each task. */
async function predictionsOf(path: string): Promise<Record<string, number[][]>> {
  const run = await openRun(path);
  const predicted: Record<string, number[][]> = {};
  for (const { id } of run.record.tasks) {
    const rows = await run.predict(Float32Array.from(inputs), { task: id });
    predicted[id] = rows.map((row) => [...row.probabilities]);
  }
  run.close();
  return predicted;
}

/** What version 1 predicted with a run; another processor may round otherwise. */
const recorded = (name: string) =>
  Object.fromEntries(
    Object.entries(probabilities[name] ?? {}).map(([task, rows]) => [
      task,
      rows.map((row) => row.map((value) => expect.closeTo(value, 5) as number)),
    ]),
  );

const written = (path: string) => JSON.parse(readFileSync(join(path, 'run.json'), 'utf8')) as { version: number };

describe('a run of version 1', () => {
  it.each(['par-finished', 'ewc-finished'])('%s is read, predicts as it did and is without fault, and stays as it is', async (name) => {
    const path = join(folder, name);
    const bytes = readFileSync(join(path, 'run.json'));
    expect(await verifyRun(path)).toEqual([]);
    expect(await predictionsOf(path)).toEqual(recorded(name));
    expect(readFileSync(join(path, 'run.json'))).toEqual(bytes);
    expect(written(path).version).toBe(1);
  });

  it('says what its experts are built from', async () => {
    const cells = { kind: 'cells', channels: 2, cells: 2 };
    expect((await readRun(join(folder, 'par-finished'))).experts.map(({ architecture }) => architecture)).toMatchObject([cells, cells]);
    expect((await readRun(join(folder, 'ewc-finished'))).experts.map(({ architecture }) => architecture)).toMatchObject([cells]);
    expect((await readRun(join(folder, 'hat-training'))).experts.map(({ architecture }) => architecture)).toEqual([
      { kind: 'attended-perceptron', units: [4, 4] },
    ]);
  });

  it.each([
    ['par-searching', 'par-finished', [0.25, 1, 1]],
    ['par-training', 'par-finished', [0.25, 1, 1]],
    ['hat-training', 'hat-finished', undefined],
  ])('%s goes on as %s', async (name, whole, accuracy) => {
    const path = join(folder, name);
    expect(await verifyRun(path)).toEqual([]);
    const run = await openRun(path);
    await lastValueFrom(run.resume());
    run.close();
    const record = await readRun(path);
    expect(record.status).toBe('complete');
    if (accuracy) expect(record.accuracy.at(-1)).toEqual(accuracy);
    expect(await predictionsOf(path)).toEqual(recorded(whole));
    expect(await verifyRun(path)).toEqual([]);
    expect(written(path).version).toBe(runVersion);
  });
});
