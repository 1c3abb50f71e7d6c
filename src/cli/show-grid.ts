import { setTimeout as sleep } from 'node:timers/promises';
import type { Grid } from '../grid/read-grid.js';
import type { CellState } from '../grid/cell-state.js';
import { grid as columns, plain } from '../report/text-layout.js';
import { deliver, styleFor } from './deliver.js';
import { describeProgress } from './grid-reporter.js';
import { print, printJson } from './output.js';
import { canRedraw, colorsOf } from './terminal.js';

interface StatusFlags {
  readonly out?: string;
  readonly redis?: string;
  readonly watch?: true;
  readonly json?: true;
}

/** How the runs of a grid stand. */
export async function showGrid(file: string, { out, redis, watch, json }: StatusFlags): Promise<void> {
  const [{ readGrid }, { readCellStates }, { countStates }] = await Promise.all([
    import('../grid/read-grid.js'),
    import('../grid/cell-state.js'),
    import('../grid/count-states.js'),
  ]);
  const grid = await readGrid(file, out);
  const queue = redis === undefined ? undefined : await (await import('../grid/redis/queued-states.js')).openQueuedStates(redis);
  try {
    for (;;) {
      const stored = await readCellStates(grid.cells, grid.out);
      const states = queue ? await queue.read(grid, stored) : stored;
      if (json) printJson({ grid: grid.name, out: grid.out, runs: grid.cells.map(({ name }, k) => ({ name, ...states[k] })) });
      else {
        if (watch && canRedraw(process.stdout)) process.stdout.write('\x1b[H\x1b[2J');
        print(`${statusTable(grid, states)}\n\nGrid ${grid.name}: ${countStates(states)}`);
      }
      if (!watch || states.every(({ kind }) => kind === 'done' || kind === 'failed')) return;
      await sleep(1000);
    }
  } finally {
    queue?.close();
  }
}

function statusTable({ cells }: Grid, states: readonly CellState[]): string {
  const colors = colorsOf(process.stdout);
  const paint = { waiting: colors.dim, active: colors.cyan, done: colors.green, failed: colors.red };
  const rows = states.map((state, k) => [
    String(k),
    plain(cells[k]?.name ?? ''),
    paint[state.kind](state.kind),
    state.kind === 'active' || state.progress.task > 0 ? describeProgress(state.progress) : '',
    plain(state.kind === 'active' ? state.worker : state.kind === 'failed' ? state.reason : ''),
  ]);
  return columns([['', 'run', 'stands', 'learned', ''], ...rows], { align: ['right', 'left', 'left', 'left', 'left'] });
}

interface ReportFlags {
  readonly out?: string;
  readonly format: string;
  readonly json?: true;
  readonly table?: string;
  readonly output?: string;
}

/** The strategies of a grid side by side. */
export async function reportGrid(file: string, { out, format, json, table, output }: ReportFlags): Promise<void> {
  const [{ readGrid }, { compareGrid }, renderers] = await Promise.all([
    import('../grid/read-grid.js'),
    import('../grid/compare-grid.js'),
    import('../report/compare-streams.js'),
  ]);
  const comparisons = await compareGrid(await readGrid(file, out), file);
  switch (json ? 'json' : format) {
    case 'json':
      return deliver(renderers.renderComparisonsJson(comparisons), output);
    case 'csv':
      return deliver(renderers.renderComparisonsCsv(comparisons, table), output);
    case 'md':
      return deliver(renderers.renderComparisonsMarkdown(comparisons), output);
    case 'html':
      return deliver(renderers.renderComparisonsHtml(comparisons), output);
    default:
      return deliver(renderers.renderComparisons(comparisons, styleFor(output)), output);
  }
}
