import { formatGenotype } from '../core/genotype.js';
import type { Genotype } from '../core/genotype.js';
import { computeMetrics, metricNames } from '../learner/metrics.js';
import type { Report } from './schema.js';
import type { Table } from './table.js';
import { describeArchitecture, describeDecision } from './words.js';

/** Every number of a report as tables, in reading order. */
export function reportTables(report: Report): Table[] {
  return [
    accuracyTable(report),
    metricsTable(report),
    tasksTable(report),
    decisionsTable(report),
    ...(report.divergence.length > 0 ? [divergenceTable(report)] : []),
    ...(report.experts.length > 0 ? [expertsTable(report)] : []),
    costTable(report),
    optionsTable(report),
  ];
}

function accuracyTable({ accuracy }: Report): Table {
  return {
    name: 'accuracy',
    title: 'Accuracy matrix',
    note: 'Row: after task; column: on task. – means not evaluated.',
    columns: [{ title: 'accuracy', kind: 'text' }, ...accuracy.map((_, j) => ({ title: `on task ${j}`, kind: 'share' as const }))],
    rows: accuracy.map((row, i) => [`after task ${i}`, ...row]),
  };
}

function metricsTable({ metrics }: Report): Table {
  return {
    name: 'metrics',
    title: 'Metrics',
    note: 'R[i][j] is the accuracy after task i on task j; T is the number of tasks.',
    columns: [
      { title: 'metric', kind: 'text' },
      { title: 'value', kind: 'share' },
      { title: 'formula', kind: 'text' },
      { title: 'why undefined', kind: 'text' },
    ],
    rows: metricNames.map((name) => [name, metrics[name].value, metrics[name].formula, metrics[name].reason ?? '']),
  };
}

/**
 * One row for each learned task: what it is, what was decided, what it cost, its row of the accuracy matrix, and the metrics of the run as they
 * stood after it; the last row holds the final ones. This is what `report --format csv` writes.
 */
export function historyTable(report: Report): Table {
  const rows = report.tasks.map((task, i) => {
    const metrics = computeMetrics(report.accuracy.slice(0, i + 1));
    return [
      `after task ${i}`,
      task.id,
      task.name,
      task.decision?.kind ?? null,
      task.expert,
      task.decision?.divergence ?? null,
      task.decision?.threshold ?? null,
      task.addedParameters,
      task.epochs,
      task.seconds,
      task.accuracy.learned,
      task.accuracy.final,
      task.forgetting,
      metrics.averageAccuracy.value,
      metrics.averageForgetting.value,
      metrics.backwardTransfer.value,
      ...(report.accuracy[i] ?? []),
    ];
  });
  return {
    name: 'history',
    title: 'History',
    columns: [
      { title: 'when', kind: 'text' },
      { title: 'task', kind: 'text' },
      { title: 'name', kind: 'text' },
      { title: 'decision', kind: 'text' },
      { title: 'expert', kind: 'text' },
      { title: 'divergence', kind: 'share' },
      { title: 'threshold', kind: 'share' },
      { title: 'addedParameters', kind: 'count' },
      { title: 'epochs', kind: 'count' },
      { title: 'seconds', kind: 'seconds' },
      { title: 'learned', kind: 'share' },
      { title: 'final', kind: 'share' },
      { title: 'forgetting', kind: 'share' },
      { title: 'averageAccuracy', kind: 'share' },
      { title: 'averageForgetting', kind: 'share' },
      { title: 'backwardTransfer', kind: 'difference' },
      ...report.tasks.map((_, j) => ({ title: `on task ${j}`, kind: 'share' as const })),
    ],
    rows,
  };
}

function tasksTable({ tasks }: Report): Table {
  return {
    name: 'tasks',
    title: 'Tasks',
    columns: [
      { title: 'task', kind: 'text' },
      { title: 'id', kind: 'text' },
      { title: 'name', kind: 'text' },
      { title: 'classes', kind: 'text' },
      { title: 'train', kind: 'count' },
      { title: 'validation', kind: 'count' },
      { title: 'test', kind: 'count' },
      { title: 'expert', kind: 'text' },
      { title: 'added parameters', kind: 'count' },
      { title: 'epochs', kind: 'count' },
      { title: 'time', kind: 'seconds' },
      { title: 'accuracy learned', kind: 'share' },
      { title: 'accuracy final', kind: 'share' },
      { title: 'forgetting', kind: 'share' },
      { title: 'ECE', kind: 'share' },
    ],
    rows: tasks.map((task) => [
      task.index,
      task.id,
      task.name,
      task.classes.join(', '),
      task.train,
      task.validation,
      task.test,
      task.expert,
      task.addedParameters,
      task.epochs,
      task.seconds,
      task.accuracy.learned,
      task.accuracy.final,
      task.forgetting,
      task.calibration.ece,
    ]),
  };
}

function decisionsTable({ tasks, experts }: Report): Table {
  const ids = experts.map((expert) => expert.id).filter((id) => tasks.some((task) => task.decision && id in task.decision.divergences));
  return {
    name: 'decisions',
    title: 'Decisions',
    columns: [
      { title: 'task', kind: 'text' },
      { title: 'decision', kind: 'text' },
      { title: 'why', kind: 'text' },
      { title: 'nearest task', kind: 'text' },
      { title: 'divergence', kind: 'share' },
      { title: 'threshold', kind: 'share' },
      { title: 'noise floor', kind: 'share' },
      ...ids.map((id) => ({ title: `to ${id}`, kind: 'share' as const })),
    ],
    rows: tasks.map(({ index, decision }) => [
      index,
      describeDecision(decision),
      decision?.reason ?? null,
      decision?.nearest ?? null,
      decision?.divergence ?? null,
      decision?.threshold ?? null,
      decision?.noiseFloor ?? null,
      ...ids.map((id) => decision?.divergences[id] ?? null),
    ]),
  };
}

function divergenceTable({ divergence }: Report): Table {
  return {
    name: 'divergence',
    title: 'Divergence between tasks',
    columns: [{ title: 'divergence', kind: 'text' }, ...divergence.map((_, j) => ({ title: `task ${j}`, kind: 'share' as const }))],
    rows: divergence.map((row, i) => [`task ${i}`, ...row]),
  };
}

function expertsTable({ experts }: Report): Table {
  return {
    name: 'experts',
    title: 'Experts',
    columns: [
      { title: 'expert', kind: 'text' },
      { title: 'tasks', kind: 'text' },
      { title: 'architecture', kind: 'text' },
      { title: 'parameters', kind: 'count' },
      { title: 'size', kind: 'bytes' },
      { title: 'MACs', kind: 'count' },
      { title: 'genotype', kind: 'text' },
    ],
    rows: experts.map((expert) => [
      expert.id,
      expert.tasks.join(', '),
      describeArchitecture(expert.architectureFrom),
      expert.parameters,
      expert.bytes,
      expert.macs,
      expert.genotype === null ? null : formatGenotype(expert.genotype as Genotype),
    ]),
  };
}

function costTable({ cost, calibration }: Report): Table {
  return {
    name: 'cost',
    title: 'Cost and calibration',
    note: 'Calibration: mean over tasks, each measured right after it was learned.',
    columns: [
      { title: 'parameters of experts', kind: 'count' },
      { title: 'parameters of heads', kind: 'count' },
      { title: 'stored', kind: 'bytes' },
      { title: 'time', kind: 'seconds' },
      { title: 'peak memory', kind: 'bytes' },
      { title: 'ECE', kind: 'share' },
      { title: 'NLL', kind: 'share' },
      { title: 'Brier', kind: 'share' },
    ],
    rows: [
      [
        cost.parameters.experts,
        cost.parameters.heads,
        cost.bytes,
        cost.seconds,
        cost.peakRssBytes,
        calibration.ece,
        calibration.nll,
        calibration.brier,
      ],
    ],
  };
}

function optionsTable({ strategy, seed, features, stream, run }: Report): Table {
  const options = Object.entries(strategy.options).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    name: 'options',
    title: 'What was run',
    columns: [
      { title: 'option', kind: 'text' },
      { title: 'value', kind: 'text' },
    ],
    rows: [
      ['stream', `${stream.name} (${stream.fingerprint})`],
      ['strategy', strategy.name],
      ['seed', seed],
      ['features', features.sha256 === null ? features.name : `${features.name} (${features.sha256})`],
      ...options,
      ...Object.entries(run.environment),
      ['created', run.created],
    ],
  };
}
