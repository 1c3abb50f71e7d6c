import { genotypeOf } from '../core/architecture.js';
import { readEvents, readRun } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import type { LearnEvent } from '../core/events.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import { isKeptBesides } from '../core/snapshot.js';
import { classIncrementalAccuracy } from '../metrics/accuracy.js';
import { computeMetrics } from '../metrics/compute-metrics.js';
import { taskForgetting } from '../metrics/forgetting.js';
import { accuracyAt, type Metric } from '../metrics/metric.js';
import { duringTraining } from './during.js';
import { extractorWarning } from './extractor-warning.js';
import { reportedDecision } from './reported-decision.js';
import { reportedFeatures } from './reported-features.js';
import { reportedTaskInference, taskInferenceAccuracy } from './reported-task-inference.js';
import type { Report } from './schema.js';

/**
 * Reads a run folder and reports on it. Needs no native backend and no lock: a run that is going on can be read.
 *
 * @throws LifelongError `run-missing`, `run-corrupt` or `run-version` when the folder holds no readable run
 */
export async function readReport(path: string): Promise<Report> {
  return reportOn(await readRun(path), path);
}

/** The report of a run's record, with accuracy during training from its event log where the run measured it. */
export async function reportOn(record: RunRecord, path: string): Promise<Report> {
  if (!record.tracking) return summarize(record, { path });
  try {
    const events: LearnEvent[] = [];
    for await (const event of readEvents(path)) events.push(event);
    return summarize(record, { path, events });
  } catch (error) {
    if (!(error instanceof LifelongError)) throw error;
    const report = summarize(record, { path });
    return { ...report, warnings: [...report.warnings, `accuracy during training is left out: ${error.message}`] };
  }
}

/**
 * Everything a run says about itself, computed from its record alone: the same record gives the same report.
 *
 * @param where.events of the run, for accuracy during training
 */
export function summarize(record: RunRecord, where: { readonly path: string; readonly events?: Iterable<LearnEvent> }): Report {
  const during = record.tracking && where.events && duringTraining(where.events, record.tracking, record.tasks.length);
  const accuracy = squareAccuracy(record, record.accuracy);
  const forgetting = taskForgetting(accuracy);
  const last = accuracy.length - 1;
  const inferred = record.taskInference && reportedTaskInference(record.taskInference);
  const metrics = computeMetrics(accuracy, {
    baselines: record.tasks.map((task) => (task.classes.length > 0 ? 1 / task.classes.length : null)),
  });
  return {
    schema: 'lifelong.report/1',
    run: {
      path: where.path,
      status: record.status,
      ...(record.limit !== null && { limit: record.limit }),
      version: record.version,
      created: record.created,
      seconds: record.seconds,
      environment: record.environment,
    },
    stream: { name: record.stream.name, fingerprint: record.stream.fingerprint, tasks: record.stream.tasks },
    strategy: record.strategy,
    seed: record.seed,
    features: reportedFeatures(record.features),
    tasks: record.tasks.map((task, t) => ({
      id: task.id,
      index: task.index,
      name: task.name,
      classes: task.classes,
      train: task.train,
      validation: task.validation,
      test: task.test,
      expert: task.expert,
      addedParameters: task.addedParameters,
      headParameters: task.headParameters,
      epochs: task.epochs,
      seconds: task.seconds,
      decision: task.decision && reportedDecision(task.decision),
      accuracy: { learned: accuracyAt(accuracy, t, t), final: accuracyAt(accuracy, last, t) },
      forgetting: forgetting[t] ?? null,
      calibration: task.calibration ?? { ece: null, nll: null, brier: null },
      classRecall: task.classRecall,
    })),
    experts: record.experts.map((expert) => ({ ...expert, genotype: genotypeOf(expert.architecture) })),
    divergence: squareDivergence(record.tasks),
    accuracy,
    ...(record.classIncremental && { classIncremental: squareAccuracy(record, record.classIncremental) }),
    metrics: {
      ...metrics,
      forwardTransfer: withChance(metrics.forwardTransfer),
      ...(record.classIncremental && {
        classIncrementalAccuracy: classIncrementalAccuracy(squareAccuracy(record, record.classIncremental)),
      }),
      ...(inferred && { taskInferenceAccuracy: taskInferenceAccuracy(inferred) }),
    },
    ...(inferred && { taskInference: inferred }),
    ...(during && { during }),
    calibration: meanCalibration(record.tasks),
    cost: {
      parameters: {
        experts: record.experts.reduce((total, expert) => total + expert.parameters, 0),
        heads: record.tasks.reduce((total, task) => total + task.headParameters, 0),
      },
      keptBesides: keptBesides(record),
      bytes: storedBytes(record),
      seconds: record.seconds,
      peakRssBytes: record.peakRssBytes,
    },
    warnings: warningsOf(record),
  };
}

/** T rows of T columns, whatever the run evaluated; a number that is not finite counts as not evaluated. */
function squareAccuracy({ tasks }: RunRecord, measured: RunRecord['accuracy']): (number | null)[][] {
  return tasks.map((_, after) => tasks.map((_, on) => accuracyAt(measured, after, on)));
}

function squareDivergence(tasks: readonly TaskRecord[]): (number | null)[][] {
  if (tasks.every((task) => task.divergence.length === 0)) return [];
  return tasks.map((_, t) => tasks.map((_, i) => (t === i ? 0 : (tasks[Math.max(t, i)]?.divergence[Math.min(t, i)] ?? null))));
}

function withChance(metric: Metric): Metric {
  return metric.value === null ? metric : { ...metric, formula: `${metric.formula}, b_j = 1/classes` };
}

function meanCalibration(tasks: readonly TaskRecord[]): Report['calibration'] {
  const measured = tasks.flatMap((task) => task.calibration ?? []);
  if (measured.length === 0) return { ece: null, nll: null, brier: null, reason: 'not measured for any task' };
  const mean = (key: keyof (typeof measured)[number]) =>
    measured.reduce((total, calibration) => total + (calibration[key] ?? NaN), 0) / measured.length;
  const optional = (['eceNoiseFloor', 'disagreement', 'mutualInformation'] as const).filter((key) => !Number.isNaN(mean(key)));
  return {
    ece: mean('ece'),
    nll: mean('nll'),
    brier: mean('brier'),
    ...Object.fromEntries(optional.map((key) => [key, mean(key)])),
    ...(measured.length < tasks.length && { reason: `mean over the ${measured.length} of ${tasks.length} tasks that were measured` }),
  };
}

function storedBytes(record: RunRecord): number {
  const files = Object.entries(record.files).filter(([group]) => !group.startsWith('progress/'));
  return files.reduce((total, [, file]) => total + file.bytes, 0);
}

function keptBesides({ files }: RunRecord): Report['cost']['keptBesides'] {
  const kept = Object.entries(files).flatMap(([group, file]) => (isKeptBesides(group) ? [file] : []));
  return {
    numbers: kept.some(({ numbers }) => numbers === undefined) ? null : kept.reduce((total, { numbers = 0 }) => total + numbers, 0),
    bytes: kept.reduce((total, { bytes }) => total + bytes, 0),
  };
}

function warningsOf(record: RunRecord): string[] {
  const warnings: string[] = [];
  const expected = record.limit ?? record.stream.tasks;
  if (record.failure !== null) warnings.push(`the run failed: ${record.failure}`);
  if (record.status !== 'complete') {
    const share = expected === null ? `${record.tasks.length}` : `${record.tasks.length} of ${expected}`;
    const stands = record.failure === null ? `the run is ${record.status}: ` : '';
    warnings.push(`${stands}${share} tasks are learned, and the numbers are of these`);
  }
  for (const task of record.tasks) {
    if (task.test === 0) warnings.push(`task ${task.id} has no test examples, so its accuracy is not known`);
  }
  warnings.push(...(record.stream.notes ?? []), ...(record.notices ?? []));
  const features = extractorWarning(
    record.tasks.map(({ divergence }) => divergence),
    record.tasks.map(({ decision }) => decision?.noiseFloor ?? null),
  );
  if (features !== null) warnings.push(features);
  return warnings;
}
