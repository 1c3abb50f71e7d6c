import type { ReportedDuring } from './schema.js';
import type { Table } from './table.js';
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
    columns: [
      { title: 'while learning', kind: 'text' },
      { title: 'on task', kind: 'text' },
      { title: 'before', kind: 'share' },
      { title: 'lowest', kind: 'share' },
      { title: 'kept', kind: 'share' },
      { title: 'gap', kind: 'difference' },
    ],
    rows: during.gaps.map(({ task, on, before, lowest, after, gap }) => [`task ${task}`, on, before, lowest, after, gap]),
  };
}

function seriesTable(during: ReportedDuring): Table {
  return {
    name: 'during',
    title: 'Accuracy during training',
    note: `Measured ${describeTracking(during)}; kept: with the weights that learning the task ended with.`,
    columns: [
      { title: 'on task', kind: 'text' },
      { title: 'while learning', kind: 'text' },
      { title: 'phase', kind: 'text' },
      { title: 'epoch', kind: 'count' },
      { title: 'accuracy', kind: 'share' },
    ],
    rows: during.series.flatMap(({ on, points }) =>
      points.map(({ task, phase, epoch, accuracy }) => [`task ${on}`, `task ${task}`, phase, epoch, accuracy]),
    ),
  };
}
