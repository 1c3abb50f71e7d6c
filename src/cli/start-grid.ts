import { availableParallelism } from 'node:os';
import { LifelongError } from '../core/errors.js';
import type { Cell } from '../grid/cell.js';
import type { ProcessSetting } from '../grid/cell-process.js';
import type { GridEvent } from '../grid/grid-event.js';
import type { GridFolder } from '../grid/grid-folder.js';
import type { Grid } from '../grid/read-grid.js';
import { threadSetting } from '../setup/native.mjs';
import { exitCodes } from './failure.js';
import { styleFor } from './deliver.js';
import { createGridReporter } from './grid-reporter.js';
import { interruptible } from './interrupt.js';
import { jobSetting } from './job-setting.js';
import { print, tell } from './output.js';

export interface StartFlags {
  readonly out?: string;
  readonly jobs?: number;
  readonly threads?: number;
  readonly redis?: string;
  readonly only?: number;
  readonly list?: true;
  readonly print?: 'slurm' | 'kubernetes';
}

/** Does a grid, one run of it, or only says what it comes to. */
export async function startGrid(file: string, flags: StartFlags): Promise<void> {
  const { readGrid } = await import('../grid/read-grid.js');
  const grid = await readGrid(file, flags.out);
  if (flags.list) print(grid.cells.map(({ name }, k) => `${k}\t${name}`).join('\n'));
  else if (flags.print !== undefined) await printJobFile(flags.print, file, grid, flags);
  else if (flags.only !== undefined) await doOne(grid, flags.only, flags);
  else await doGrid(file, grid, flags);
}

/** Every run that is not done, and at the end the comparison. */
async function doGrid(file: string, grid: Grid, flags: StartFlags): Promise<void> {
  const [{ openGridFolder }, { readCellStates }] = await Promise.all([import('../grid/grid-folder.js'), import('../grid/cell-state.js')]);
  const { cells, out } = grid;
  const states = await readCellStates(cells, out);
  const left = cells.filter((_, k) => states[k]?.kind !== 'done');
  tell(`grid ${grid.name}: ${describeSides(grid)}: ${cells.length} runs in ${out}`);
  if (left.length < cells.length) tell(`${cells.length - left.length} of them are done, ${left.length} are left`);
  const failed = left.length === 0 ? 0 : await doLeft(left, await openGridFolder(out, file), file, grid, flags);
  if (failed < cells.length) await printComparison(grid, file);
  if (failed === 0) return;
  tell(`${failed} of ${cells.length} runs failed; why: lifelong grid status ${named(file, flags)}`);
  process.exitCode = exitCodes.failed;
}

/** @returns how many were given up */
async function doLeft(left: readonly Cell[], folder: GridFolder, file: string, grid: Grid, flags: StartFlags): Promise<number> {
  const { signal, release } = interruptible(flags.redis === undefined ? undefined : 'stopping to watch; the workers go on');
  const reporter = createGridReporter(left.length);
  let failed = 0;
  const onEvent = (event: GridEvent) => {
    if (event.type === 'cell-failed') failed++;
    reporter.next(event);
  };
  try {
    if (flags.redis === undefined) {
      const { runHere } = await import('../grid/run-here.js');
      await runHere(left, folder, { ...hereSetting(grid, flags, left.length), signal, onEvent });
    } else {
      const [{ connect }, { runElsewhere }] = await Promise.all([
        import('../grid/redis/connect.js'),
        import('../grid/redis/run-elsewhere.js'),
      ]);
      const threads = flags.threads ?? grid.threads ?? 1;
      const setting = { connection: await connect(flags.redis), gridName: grid.name, out: grid.out, threads };
      await runElsewhere(left, folder, { ...setting, signal, onEvent, onNotice: tell });
    }
  } finally {
    reporter.close();
    release();
    await folder.close();
  }
  if (!signal.aborted) return failed;
  const goOn = `lifelong grid ${named(file, flags)}`;
  if (flags.redis === undefined) throw new LifelongError('interrupted', 'interrupted, the states are saved', `go on with: ${goOn}`);
  throw new LifelongError(
    'interrupted',
    'no longer watching; the workers go on',
    `watch again, and bring in what they do: ${goOn} --redis URL`,
  );
}

/** The grid file and its folder as they were given, for a command that goes on. */
const named = (file: string, { out }: StartFlags): string => [file, ...(out === undefined ? [] : ['--out', out])].join(' ');

/** One run of the grid, as a task of a cluster's array does it. */
async function doOne(grid: Grid, only: number, flags: StartFlags): Promise<void> {
  const cell = grid.cells[only];
  if (!cell) throw new LifelongError('usage', `--only: a run from 0 to ${grid.cells.length - 1} expected, found ${only}`);
  const [{ runOne }, { signal, release }] = [await import('../grid/run-here.js'), interruptible()];
  const reporter = createGridReporter(1);
  try {
    const outcome = await runOne(cell, grid.out, { ...hereSetting(grid, flags, 1), signal, onEvent: (event) => reporter.next(event) });
    if (outcome === 'stopped') throw new LifelongError('interrupted', 'interrupted, the state is saved', 'the same command goes on');
  } finally {
    reporter.close();
    release();
  }
}

/** How many runs beside each other, and with how many threads each. */
function hereSetting(grid: Grid, flags: StartFlags, runs: number): ProcessSetting & { readonly jobs: number } {
  const cores = availableParallelism();
  const jobs = Math.min(flags.jobs ?? cores, runs);
  const threads = flags.threads ?? grid.threads ?? threadSetting() ?? Math.max(1, Math.floor(cores / (flags.jobs ?? cores)));
  return { ...jobSetting(), jobs, threads };
}

async function printJobFile(cluster: 'slurm' | 'kubernetes', file: string, grid: Grid, flags: StartFlags): Promise<void> {
  const [{ printSlurm }, { printKubernetes }] = await Promise.all([
    import('../grid/print-slurm.js'),
    import('../grid/print-kubernetes.js'),
  ]);
  const job = { name: grid.name, file, out: grid.out, count: grid.cells.length, threads: flags.threads ?? grid.threads ?? 1 };
  print(cluster === 'slurm' ? printSlurm(job) : printKubernetes(job));
}

async function printComparison(grid: Grid, file: string): Promise<void> {
  const [{ compareGrid }, { renderComparisons }] = await Promise.all([
    import('../grid/compare-grid.js'),
    import('../report/compare-streams.js'),
  ]);
  print(renderComparisons(await compareGrid(grid, file), styleFor(undefined)));
}

/** `2 streams (a, b) x 3 strategies (par, ewc, er) x 4 seeds (0, 1, 2, 3)`. */
function describeSides({ sides }: Grid): string {
  return Object.entries(sides)
    .filter(([, names]) => names.length > 0)
    .map(([side, names]) => `${names.length} ${names.length === 1 ? singular[side as keyof typeof singular] : side} (${names.join(', ')})`)
    .join(' x ');
}

const singular = { streams: 'stream', strategies: 'strategy', features: 'extractor', seeds: 'seed' } as const;
