import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { afterAll, describe, expect, it } from 'vitest';
import { readRun, verifyRun } from '../../src/checkpoint/store.js';
import { runVersion } from '../../src/core/run-record.js';
import { openRun } from '../../src/run/open.js';

/** Run folders that lifelong wrote when run.json had another version, with their streams and what they predicted. */
interface Before {
  readonly version: number;
  /** Runs that were finished. */
  readonly finished: readonly string[];
  /** Runs that were stopped, the runs without the stop whose predictions they come to, and their accuracy then. */
  readonly stopped: readonly (readonly [name: string, whole: string, accuracy: readonly number[] | undefined])[];
}

const all: readonly Before[] = [
  {
    version: 1,
    finished: ['par-finished', 'ewc-finished'],
    stopped: [
      ['par-searching', 'par-finished', [0.25, 1, 1]],
      ['par-training', 'par-finished', [0.25, 1, 1]],
      ['hat-training', 'hat-finished', undefined],
    ],
  },
  {
    version: 2,
    finished: ['par-finished', 'er-finished'],
    stopped: [
      ['par-training', 'par-finished', [0.25, 1, 1]],
      ['er-training', 'er-finished', undefined],
    ],
  },
];

interface Recorded {
  /** For runs over one stream: raw inputs of two examples. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** By run and task. */
  readonly probabilities: Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>;
}

/** A copy of the runs of a version, and what belongs to them. */
function runsOf(version: number) {
  const before = join(import.meta.dirname, `../fixtures/runs-v${version}`);
  const { inputs, probabilities } = JSON.parse(readFileSync(join(before, 'predictions.json'), 'utf8')) as Recorded;
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-before-'));
  cpSync(before, folder, { recursive: true });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  /** What a run predicts for each task. */
  const predictionsOf = async (path: string): Promise<Record<string, number[][]>> => {
    const run = await openRun(path);
    const predicted: Record<string, number[][]> = {};
    for (const { id } of run.record.tasks) {
      const rows = await run.predict(Float32Array.from(inputs[run.record.stream.name] ?? []), { task: id });
      predicted[id] = rows.map((row) => [...row.probabilities]);
    }
    run.close();
    return predicted;
  };
  /** What that version predicted with a run; another processor may round otherwise. */
  const recorded = (name: string) =>
    Object.fromEntries(
      Object.entries(probabilities[name] ?? {}).map(([task, rows]) => [
        task,
        rows.map((row) => row.map((value) => expect.closeTo(value, 5) as number)),
      ]),
    );
  return { folder, predictionsOf, recorded };
}

const written = (path: string) => JSON.parse(readFileSync(join(path, 'run.json'), 'utf8')) as { version: number };

describe.each(all)('a run of version $version', ({ version, finished, stopped }) => {
  const { folder, predictionsOf, recorded } = runsOf(version);

  it.each(finished)('%s is read, predicts as it did and is without fault, and stays as it is', async (name) => {
    const path = join(folder, name);
    const bytes = readFileSync(join(path, 'run.json'));
    expect(await verifyRun(path)).toEqual([]);
    expect(await predictionsOf(path)).toEqual(recorded(name));
    expect(readFileSync(join(path, 'run.json'))).toEqual(bytes);
    expect(written(path).version).toBe(version);
  });

  it('says what its experts are built from, what its inputs are, and what measured them', async () => {
    const cells = { kind: 'cells', channels: 2, cells: 2 };
    const par = await readRun(join(folder, 'par-finished'));
    expect(par.experts.map(({ architecture }) => architecture)).toMatchObject([cells, cells]);
    expect(par.tasks.map(({ input }) => input)).toEqual(Array(3).fill({ domain: 'vector', shape: [4], dtype: 'float32' }));
    expect(par.features).toEqual({
      asked: 'vector',
      used: { vector: { name: 'vector', sha256: null, size: 4, normalization: null } },
      standardize: false,
    });
    if (version === 1) {
      expect((await readRun(join(folder, 'ewc-finished'))).strategy.options).toMatchObject({ norms: 'shared' });
      expect((await readRun(join(folder, 'ewc-finished'))).experts.map(({ architecture }) => architecture)).toMatchObject([cells]);
      expect((await readRun(join(folder, 'hat-training'))).experts.map(({ architecture }) => architecture)).toEqual([
        { kind: 'attended-perceptron', units: [4, 4] },
      ]);
    } else {
      const er = await readRun(join(folder, 'er-finished'));
      expect(er.tasks.map(({ input }) => input)).toEqual(Array(2).fill({ domain: 'image', shape: [4, 4, 1], dtype: 'float32' }));
      expect(er.features).toEqual({
        asked: 'pixels',
        used: { image: { name: 'pixels', sha256: null, size: 196, normalization: null } },
        standardize: false,
      });
    }
  });

  it.each(stopped)('%s goes on as %s', async (name, whole, accuracy) => {
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
