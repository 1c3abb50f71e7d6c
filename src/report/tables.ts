import { formatGenotype } from '../core/genotype.js';
import { describeDecision } from './decision-words.js';
import { duringTables } from './during-tables.js';
import { duringMetrics, reportedMetrics } from './reported-metrics.js';
import type { Report } from './schema.js';
import { columnsOf, type Table } from './table.js';
import { describeArchitecture, describeBase } from './words.js';

/** Every number of a report as tables, in reading order. */
export function reportTables(report: Report): Table[] {
  return [
    ...accuracyTables(report),
    metricsTable(report),
    tasksTable(report),
    decisionsTable(report),
    ...(report.during ? duringTables(report.during) : []),
    ...(report.divergence.length > 0 ? [divergenceTable(report)] : []),
    ...(report.experts.length > 0 ? [expertsTable(report)] : []),
    costTable(report),
    optionsTable(report),
  ];
}

function accuracyTables({ accuracy, classIncremental }: Report): Table[] {
  const note = 'Row: after task; column: on task. – means not evaluated.';
  if (!classIncremental) return [matrixTable('accuracy', 'Accuracy matrix', note, accuracy)];
  return [
    matrixTable('accuracy', 'Accuracy matrix, task-incremental', `${note} The task is given, and its own head decides.`, accuracy),
    matrixTable(
      'class-incremental',
      'Accuracy matrix, class-incremental',
      `${note} The largest logit of all heads so far decides; the task is not given.`,
      classIncremental,
    ),
  ];
}

function matrixTable(name: string, title: string, note: string, matrix: Report['accuracy']): Table {
  return {
    name,
    title,
    note,
    columns: [{ title: 'accuracy', kind: 'text' }, ...matrix.map((_, j) => ({ title: `on task ${j}`, kind: 'share' as const }))],
    rows: matrix.map((row, i) => [`after task ${i}`, ...row]),
  };
}

function metricsTable(report: Report): Table {
  const taskIncremental = 'R[i][j] is the accuracy after task i on task j; T is the number of tasks.';
  const classIncremental = report.classIncremental ? ' C[i][j] is the same, class-incremental.' : '';
  const during = report.during ? ' A_n(j) is the accuracy on task j at time n of training.' : '';
  return {
    name: 'metrics',
    title: 'Metrics',
    note: `${taskIncremental}${classIncremental}${during}`,
    columns: columnsOf({ metric: 'text', value: 'share', formula: 'text', 'why undefined': 'text' }),
    rows: [...reportedMetrics(report), ...duringMetrics(report)].map(([name, { value, formula, reason }]) => [
      name,
      value,
      formula,
      reason ?? '',
    ]),
  };
}

function tasksTable({ tasks }: Report): Table {
  return {
    name: 'tasks',
    title: 'Tasks',
    columns: columnsOf({
      task: 'text',
      id: 'text',
      name: 'text',
      classes: 'text',
      train: 'count',
      validation: 'count',
      test: 'count',
      expert: 'text',
      'added parameters': 'count',
      epochs: 'count',
      time: 'seconds',
      'accuracy learned': 'share',
      'accuracy final': 'share',
      forgetting: 'share',
      ECE: 'share',
    }),
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
      ...columnsOf({
        task: 'text',
        decision: 'text',
        why: 'text',
        'nearest task': 'text',
        divergence: 'share',
        threshold: 'share',
        'noise floor': 'share',
      }),
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
  const standing = experts.some(({ on }) => on !== null);
  const leaking = experts.some(({ leak }) => leak !== undefined);
  return {
    name: 'experts',
    title: 'Experts',
    columns: columnsOf({
      expert: 'text',
      tasks: 'text',
      architecture: 'text',
      ...(standing && { on: 'text' as const }),
      parameters: 'count',
      size: 'bytes',
      MACs: 'count',
      ...(leaking && { leak: 'share' as const }),
      genotype: 'text',
    }),
    rows: experts.map((expert) => [
      expert.id,
      expert.tasks.join(', '),
      describeArchitecture(expert),
      ...(standing ? [describeBase(expert.on)] : []),
      expert.parameters,
      expert.bytes,
      expert.macs,
      ...(leaking ? [expert.leak ?? null] : []),
      expert.genotype === null ? null : formatGenotype(expert.genotype),
    ]),
  };
}

function costTable({ cost, calibration }: Report): Table {
  const { eceNoiseFloor, disagreement, mutualInformation = null } = calibration;
  return {
    name: 'cost',
    title: 'Cost and calibration',
    note: 'Calibration: mean over tasks, each measured right after it was learned.',
    columns: columnsOf({
      'parameters of experts': 'count',
      'parameters of heads': 'count',
      'numbers kept besides': 'count',
      'bytes kept besides': 'bytes',
      stored: 'bytes',
      time: 'seconds',
      'peak memory': 'bytes',
      ECE: 'share',
      ...(eceNoiseFloor !== undefined && { 'ECE noise floor': 'share' as const }),
      NLL: 'share',
      Brier: 'share',
      ...(disagreement !== undefined && { disagreement: 'share' as const, 'mutual information': 'share' as const }),
    }),
    rows: [
      [
        cost.parameters.experts,
        cost.parameters.heads,
        cost.keptBesides.numbers,
        cost.keptBesides.bytes,
        cost.bytes,
        cost.seconds,
        cost.peakRssBytes,
        calibration.ece,
        ...(eceNoiseFloor === undefined ? [] : [eceNoiseFloor]),
        calibration.nll,
        calibration.brier,
        ...(disagreement === undefined ? [] : [disagreement, mutualInformation]),
      ],
    ],
  };
}

function optionsTable({ strategy, seed, features, stream, run }: Report): Table {
  const options = Object.entries(strategy.options).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const { kernels = {}, oneDNN = null, ...environment } = run.environment;
  return {
    name: 'options',
    title: 'What was run',
    columns: columnsOf({ option: 'text', value: 'text' }),
    rows: [
      ['stream', `${stream.name} (${stream.fingerprint})`],
      ['strategy', strategy.name],
      ['seed', seed],
      ['features', features.sha256 === null ? features.name : `${features.name} (${features.sha256})`],
      ...options,
      ...Object.entries({ ...environment, oneDNN }),
      ...Object.entries(kernels),
      ['created', run.created],
    ],
  };
}
