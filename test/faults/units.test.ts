import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { readRun } from '../../src/checkpoint/store.js';
import type { ExportManifest } from '../../src/export/manifest.js';
import { exportRun, learn, openRun, par, type UserTask } from '../../src/index.js';
import { random } from '../../src/core/random.js';
import { lifelong } from '../cli/lifelong.js';
import { write } from './files.js';

const options = { channels: 2, cells: 2, epochs: 1, samples: 1, engine: 'eager' } as const;

/** Two classes on both sides of the origin along a direction of the task's own, and a last column of noise in units of this size. */
function rowsOf(task: number, count: number, unit: number, part: string): { inputs: number[][]; labels: string[] } {
  const direction = random(1, 'direction', task);
  const centre = Array.from({ length: 6 }, () => 2 * direction.normal());
  const draws = random(2, 'rows', task, part);
  const inputs = Array.from({ length: count }, (_, i) => [
    ...centre.map((c) => (i % 2 === 0 ? c : -c) + draws.normal()),
    unit * draws.normal(),
  ]);
  return { inputs, labels: inputs.map((__, i) => `${task}-${i % 2 === 0 ? 'plus' : 'minus'}`) };
}

const tasksIn = (unit: number): UserTask[] =>
  [0, 1, 2].map((task) => ({ train: rowsOf(task, 120, unit, 'train'), test: rowsOf(task, 40, unit, 'test') }));

async function learned(tasks: readonly UserTask[], run: string) {
  const strategy = par(options);
  await lastValueFrom(learn(tasks, strategy, { run })).finally(() => strategy.dispose());
  return readRun(run);
}

/** The tasks as one table, and its manifest. */
function table(unit: number, tasks = [0, 1, 2]): Record<string, string> {
  const all = tasks.map((task) => rowsOf(task, 120, unit, 'train'));
  const lines = all.flatMap(({ inputs, labels }) => inputs.map((row, i) => `${row.join()},${labels[i] ?? ''}`));
  const order = tasks.map((task) => `["${task}-minus", "${task}-plus"]`).join(', ');
  const settings = 'options: { channels: 2, cells: 2, epochs: 1, samples: 1, engine: eager }';
  return {
    'rows.csv': `a,b,c,d,e,f,noise,kind\n${lines.join('\n')}\n`,
    'units.yaml': `name: units\ndata: { source: csv, train: rows.csv, label: kind }\ntasks: { order: [${order}] }\n${settings}\n`,
  };
}

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 5) as number);

describe('O6: vectors are compared column by column, whatever their units', () => {
  it('O6: a column of noise times 1000, or in millionths, does not move a divergence, a decision, or who is identified', async () => {
    const at = write({});
    const plain = await learned(tasksIn(1), at('plain'));
    const divergences = plain.tasks.map(({ divergence }) => divergence);
    expect(Math.min(...divergences.flat())).toBeGreaterThan(0.8);
    for (const unit of [1000, 1e-6]) {
      const run = at(`unit ${unit}`);
      const scaled = await learned(tasksIn(unit), run);
      expect(scaled.tasks.map(({ divergence }) => divergence)).toEqual(divergences.map(close));
      expect(scaled.tasks.map(({ decision }) => decision?.kind)).toEqual(plain.tasks.map(({ decision }) => decision?.kind));
      expect(scaled.features.used.vector?.normalization?.std.at(-1)).toBeCloseTo(
        unit * (plain.features.used.vector?.normalization?.std.at(-1) ?? 0),
        2,
      );
      const identified = async (path: string, inputs: readonly number[][]) => {
        const opened = await openRun(path);
        return (await opened.identify(inputs).finally(() => opened.close())).map(({ task }) => task);
      };
      const queries = [0, 1, 2].flatMap((task) => rowsOf(task, 20, 1, 'query').inputs);
      const inUnit = queries.map((row) => [...row.slice(0, -1), unit * (row.at(-1) ?? 0)]);
      const expected = await identified(at('plain'), queries);
      expect(new Set(expected)).toEqual(new Set([...expected.filter((task) => task === null), '0', '1', '2']));
      expect(await identified(run, inUnit)).toEqual(expected);
    }
  });

  it('O6: the command line, resume and export use what the first task gave, and a run keeps it', async () => {
    const at = write(table(1000, [0, 1]));
    const call = (...args: string[]) => lifelong(args, { cwd: at('') });
    expect(await call('run', 'units.yaml', '--out', 'run')).toMatchObject({ code: 0 });
    const { features } = await readRun(at('run'));
    expect(features.used.vector).toMatchObject({
      name: 'vector',
      normalization: { mean: Array(7).fill(expect.any(Number)), std: Array(7).fill(expect.any(Number)) },
    });
    for (const [name, text] of Object.entries(table(1000))) writeFileSync(at(name), text);
    expect(await call('resume', 'run')).toMatchObject({ code: 0 });
    const grown = await readRun(at('run'));
    expect(grown.features).toEqual(features);
    expect(await call('run', 'units.yaml', '--out', 'at-once')).toMatchObject({ code: 0 });
    const atOnce = await readRun(at('at-once'));
    expect(atOnce.features).toEqual(features);
    expect(atOnce.tasks.map(({ divergence }) => divergence)).toEqual(grown.tasks.map(({ divergence }) => divergence));
    expect(Math.min(...grown.tasks.flatMap(({ divergence }) => divergence))).toBeGreaterThan(0.9);

    const queries = rowsOf(1, 10, 1000, 'query').inputs;
    writeFileSync(at('queries.json'), JSON.stringify(queries));
    const { stdout } = await call('predict', 'run', 'queries.json', '--task', 'auto', '--json');
    const { predictions } = JSON.parse(stdout) as { predictions: { nearest: string; distance: number }[] };
    const manifest: ExportManifest = await exportRun(at('run'), at('models'));
    expect(manifest.identification?.normalization).toEqual(features.used.vector?.normalization);
    const { tasks } = JSON.parse(readPrototypes(at('models'), manifest)) as { tasks: { id: string; means: number[][] }[] };
    const { mean, std } = manifest.identification?.normalization ?? { mean: [], std: [] };
    queries.forEach((row, i) => {
      const standardized = row.map((value, c) => (value - (mean[c] ?? NaN)) / (std[c] ?? NaN));
      const distances = tasks.flatMap(({ means }) =>
        means.map((centre) => Math.hypot(...centre.map((value, c) => value - (standardized[c] ?? NaN)))),
      );
      expect(Math.min(...distances)).toBeCloseTo(predictions[i]?.distance ?? NaN, 4);
    });
  });

  it('O6: a column that is the same throughout the first task, and numbers that are large or small, stay finite', async () => {
    const odd = (task: number, part: string) => {
      const { inputs, labels } = rowsOf(task, 60, 1, part);
      return { inputs: inputs.map((row, i) => [...row, 5, task === 0 ? 0 : i % 3, 1e7 + 8 * (row[0] ?? 0), 1e-9 * (row[1] ?? 0)]), labels };
    };
    const tasks = [0, 1].map((task) => ({ train: odd(task, 'train'), test: odd(task, 'test') }));
    const { features, tasks: known } = await learned(tasks, write({})('odd'));
    expect(features.used.vector?.normalization?.std.slice(7, 9)).toEqual([1, 1]);
    expect(features.used.vector?.normalization?.std[10]).toBeGreaterThan(0);
    expect(features.used.vector?.normalization?.std[10]).toBeLessThan(1e-8);
    expect(known[1]?.divergence.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(known[0]?.normalization?.std[10]).toBeLessThan(1e-8);
  });

  it.each(['par-searching', 'par-training'])('O6: a run that was made without, %s, goes on without', async (name) => {
    const at = write({});
    cpSync(join(import.meta.dirname, '../fixtures/runs-v1'), at('runs'), { recursive: true });
    await lastValueFrom((await openRun(at(`runs/${name}`))).resume());
    const { features, tasks } = await readRun(at(`runs/${name}`));
    expect(features.used).toEqual({ vector: { name: 'vector', sha256: null, size: tasks[0]?.input.shape[0], normalization: null } });
    expect(tasks.map(({ divergence }) => divergence)).toEqual(
      (await readRun(at('runs/par-finished'))).tasks.map(({ divergence }) => close(divergence)),
    );
  });
});

function readPrototypes(folder: string, { identification }: ExportManifest): string {
  return readFileSync(join(folder, identification?.prototypes ?? ''), 'utf8');
}
