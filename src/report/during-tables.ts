import type { ReportedDuring } from './schema.js';
import { columnsOf, type Table } from './table.js';
import { describeTracking } from './words.js';

/** Accuracy during training as tables: what each task did to the earlier ones, and every number measured. */
export function duringTables(during: ReportedDuring): Table[] {
  return [stabilityTable(during), seriesTable(during)];
}

function stabilityTable(during: ReportedDuring): Table {
  return {
    name: 'stability',
    title: 'Stability gap',
    note: `Accuracy on an earlier task just before another is learned, at its lowest ${describeTracking(during)}, and with the weights that were kept. Pairs that are not listed: the earlier task was left alone.`,
    columns: columnsOf({ 'while learning': 'text', 'on task': 'text', before: 'share', lowest: 'share', kept: 'share', gap: 'difference' }),
    rows: during.gaps.map(({ task, on, before, lowest, after, gap }) => [`task ${task}`, on, before, lowest, after, gap]),
  };
}

function seriesTable(during: ReportedDuring): Table {
  return {
    name: 'during',
    title: 'Accuracy during training',
    note: `Measured ${describeTracking(during)}; kept: with the weights that learning the task ended with.`,
    columns: columnsOf({ 'on task': 'text', 'while learning': 'text', phase: 'text', epoch: 'count', accuracy: 'share' }),
    rows: during.series.flatMap(({ on, points }) =>
      points.map(({ task, phase, epoch, accuracy }) => [`task ${on}`, `task ${task}`, phase, epoch, accuracy]),
    ),
  };
}
