import type { Comparison, Difference } from './compare.js';
import { knowsClassIncremental, measureNames } from './compare.js';
import { columnsOf, type CellKind, type Table } from './table.js';

/** How each measure is written for people. */
const measureKinds = {
  averageAccuracy: 'share',
  averageForgetting: 'share',
  backwardTransfer: 'difference',
  classIncrementalAccuracy: 'share',
  experts: 'text',
  parameters: 'count',
  keptNumbers: 'count',
  keptBytes: 'bytes',
  bytes: 'bytes',
  seconds: 'seconds',
} as const satisfies Record<(typeof measureNames)[number], CellKind>;

/** Every number of a comparison as tables: groups with each measure's spread, paired differences, single runs. */
export function comparisonTables(comparison: Comparison): Table[] {
  return [groupsTable(comparison), ...(comparison.differences.length > 0 ? [differencesTable(comparison)] : []), runsTable(comparison)];
}

function groupsTable(comparison: Comparison): Table {
  const { groups } = comparison;
  const classIncremental = knowsClassIncremental(comparison) ? (['classIncrementalAccuracy'] as const) : [];
  const spreads = (['averageAccuracy', 'averageForgetting', ...classIncremental] as const).flatMap((measure) =>
    (['mean', 'std', 'min', 'max'] as const).map((part) => ({ measure, part })),
  );
  const means = ['backwardTransfer', 'experts', 'parameters', 'keptNumbers', 'keptBytes', 'bytes', 'seconds'] as const;
  return {
    name: 'groups',
    title: 'Strategies',
    note:
      'Over seeds; std with n − 1. Parameters, bytes, time, backward transfer and experts are means. Parameters are those of experts and heads; kept: ' +
      'what the method keeps besides, in numbers and in bytes, which bytes count too.' +
      (classIncremental.length > 0 ? ' classIncrementalAccuracy: with the task not given.' : ''),
    columns: [
      ...columnsOf({ strategy: 'text', n: 'count' }),
      ...spreads.map(({ measure, part }) => ({ title: `${measure} ${part}`, kind: 'share' as const })),
      ...means.map((measure) => ({ title: measure, kind: measure === 'experts' ? ('count' as const) : measureKinds[measure] })),
    ],
    rows: groups.map(({ name, runs, measures }) => [
      name,
      runs.length,
      ...spreads.map(({ measure, part }) => measures[measure][part]),
      ...means.map((measure) => measures[measure].mean),
    ]),
  };
}

function differencesTable({ differences }: Comparison): Table {
  return {
    name: 'differences',
    title: 'Paired differences',
    note: 'First less second on common seeds, with the bootstrap 95 % interval of the mean.',
    columns: columnsOf({
      measure: 'text',
      first: 'text',
      second: 'text',
      n: 'count',
      difference: 'difference',
      low: 'difference',
      high: 'difference',
      'exceeds seed noise': 'text',
    }),
    rows: differences.map((difference) => [
      difference.measure,
      difference.first,
      difference.second,
      difference.seeds.length,
      difference.mean,
      difference.interval?.low ?? null,
      difference.interval?.high ?? null,
      verdictOf(difference),
    ]),
  };
}

/** `yes`, `no`, or why it cannot be said. */
function verdictOf({ exceedsSeedNoise, reason }: Difference): string {
  if (exceedsSeedNoise === null) return `not known: ${reason ?? 'too few seeds'}`;
  return exceedsSeedNoise ? 'yes' : 'no';
}

function runsTable(comparison: Comparison): Table {
  const measures = measureNames.filter((measure) => measure !== 'classIncrementalAccuracy' || knowsClassIncremental(comparison));
  return {
    name: 'runs',
    title: 'Runs',
    columns: [
      ...columnsOf({ strategy: 'text', seed: 'text' }),
      ...measures.map((measure) => ({ title: measure, kind: measureKinds[measure] })),
      { title: 'run', kind: 'text' },
    ],
    rows: comparison.groups.flatMap((group) =>
      group.runs.map((run) => [group.name, run.seed, ...measures.map((measure) => run.values[measure]), run.path]),
    ),
  };
}
