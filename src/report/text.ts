import { describeDecision } from './decision-words.js';
import { learnedTasks } from './learned-tasks.js';
import { formatBytes, formatCount, formatSeconds, formatShare, formatSize } from './numbers.js';
import { reportedMetrics } from './reported-metrics.js';
import { describeTaskInference } from './reported-task-inference.js';
import type { Report, ReportedTask } from './schema.js';
import { createColors, grid, plain, wrap } from './text-layout.js';
import type { Colors } from './text-layout.js';
import { renderDuring } from './text-during.js';
import { renderAccuracy, renderDivergence } from './text-matrix.js';
import { renderMetrics } from './text-metrics.js';
import { describeArchitecture, describeDistances, describeTracking, listSome, nameTask, titleOf } from './words.js';

/** With more tasks than this, each gets one line without distances and reason. */
const mostDetailed = 30;

/**
 * The forgetting report for a terminal, without a last newline.
 *
 * @param options.width columns to fit in, at least 72 @param options.color whether to use escape codes
 */
export function renderText(report: Report, options: { readonly width?: number; readonly color?: boolean } = {}): string {
  const width = Math.max(72, options.width ?? 80);
  const colors = createColors(options.color ?? false);
  const section = (title: string, body: string) => (body === '' ? [] : [titled(title, body, colors)]);
  const count = report.tasks.length;
  const brief = count > mostDetailed;
  return [
    heading(report, width, colors),
    ...(count === 0 ? ['No task has been learned yet.'] : accuracies(report, width, colors)),
    ...section('Divergence between tasks', report.divergence.length > 1 ? renderDivergence(report.divergence, width, colors) : ''),
    ...section(
      brief ? `Tasks (reasons and distances of ${count} tasks: report --format md, or inspect)` : 'Tasks',
      report.tasks.map((task) => (brief ? taskLine(task, width) : taskBlock(task, width, colors))).join('\n'),
    ),
    ...section('Experts', experts(report, width)),
    ...(report.during
      ? section(`During training (${describeTracking(report.during)})`, renderDuring(report, report.during, width, colors))
      : []),
    ...(report.taskInference ? section('Task inference', wrap(describeTaskInference(report.taskInference), width, '  ')) : []),
    ...section('Cost', cost(report, width)),
    ...section('Metrics', metrics(report, width, colors)),
  ].join('\n\n');
}

const titled = (title: string, body: string, colors: Colors) => `${colors.bold(title)}\n${body}`;

/** The accuracy matrix, and where heads can be compared the one without being told the task. */
function accuracies({ accuracy, classIncremental }: Report, width: number, colors: Colors): string[] {
  if (!classIncremental) return [titled('Accuracy', renderAccuracy(accuracy, width, colors), colors)];
  return [
    titled('Accuracy, task-incremental', renderAccuracy(accuracy, width, colors), colors),
    titled('Accuracy, class-incremental: the largest logit of all heads decides', renderAccuracy(classIncremental, width, colors), colors),
  ];
}

function heading(report: Report, width: number, colors: Colors): string {
  const { run, features } = report;
  const learned = learnedTasks(report);
  const size = features.size === null ? '' : ` (${features.size} numbers)`;
  return [
    colors.bold(plain(`Forgetting report: ${titleOf(report)}`)),
    wrap(plain(`${run.path}: ${run.status}, ${learned}, ${formatSeconds(run.seconds)}; features ${features.name}${size}`), width),
    ...report.warnings.map((warning) => colors.yellow(wrap(plain(`warning: ${warning}`), width))),
  ].join('\n');
}

function taskBlock(task: ReportedTask, width: number, colors: Colors): string {
  const forgetting = task.forgetting === null ? '' : `, forgetting ${formatShare(task.forgetting)}`;
  const distances = describeDistances(task.decision);
  const lines = [
    `classes ${listSome(task.classes, 10)}; ${formatCount(task.train)} train, ${formatCount(task.validation)} validation, ${formatCount(task.test)} test`,
    `accuracy ${formatShare(task.accuracy.learned)} when learned, ${formatShare(task.accuracy.final)} now${forgetting}`,
    `${task.decision === null ? '' : `${describeDecision(task.decision)}; `}expert ${task.expert ?? 'none'}; ` +
      `+${formatCount(task.addedParameters)} parameters; ${task.epochs} epochs; ${formatSeconds(task.seconds)}`,
    ...(task.decision === null ? [] : [`why: ${task.decision.reason}`]),
    ...(distances === '' ? [] : [distances]),
  ];
  return [`  ${colors.bold(`task ${task.index}`)} ${plain(nameTask(task))}`, ...lines.map((line) => wrap(plain(line), width, '    '))].join(
    '\n',
  );
}

function taskLine(task: ReportedTask, width: number): string {
  const name = plain(nameTask(task));
  const label = name.length > 18 ? `${name.slice(0, 17)}…` : name;
  const numbers = `${formatShare(task.accuracy.learned)} → ${formatShare(task.accuracy.final)}`;
  return `  ${String(task.index).padStart(3)} ${label.padEnd(18)} ${numbers}  ${describeDecision(task.decision)}`.slice(0, width);
}

function experts(report: Report, width: number): string {
  if (report.experts.length === 0) return '';
  const index = new Map(report.tasks.map((task) => [task.id, task.index]));
  const shown = (ids: readonly string[]) => ids.map((id) => index.get(id) ?? id).join(', ');
  const leaking = report.experts.some(({ leak }) => leak !== undefined);
  const rows = report.experts.map((expert) => [
    expert.id,
    plain(shown(expert.tasks)),
    describeArchitecture(expert),
    formatSize(expert.parameters),
    formatBytes(expert.bytes),
    formatSize(expert.macs),
    ...(leaking ? [formatShare(expert.leak ?? null)] : []),
  ]);
  return grid([['', 'tasks sharing it', 'architecture', 'parameters', 'bytes', 'MACs', ...(leaking ? ['leak'] : [])], ...rows], {
    align: ['left', 'left', 'left', 'right', 'right', 'right', ...(leaking ? (['right'] as const) : [])],
    widths: [8, Math.max(12, width - (leaking ? 70 : 63)), 17, 12, 11, 9, ...(leaking ? [7] : [])],
  });
}

function cost(report: Report, width: number): string {
  const { parameters, keptBesides, bytes, seconds, peakRssBytes } = report.cost;
  const { ece, eceNoiseFloor = null, nll, brier, disagreement = null, mutualInformation = null, reason } = report.calibration;
  const floor = eceNoiseFloor === null ? '' : ` (noise floor ${formatShare(eceNoiseFloor)})`;
  const spread =
    disagreement === null
      ? ''
      : `; members: disagreement ${formatShare(disagreement)}, mutual information ${formatShare(mutualInformation)}`;
  const calibration =
    ece === null
      ? `not known (${reason ?? ''})`
      : `ECE ${formatShare(ece)}${floor}, NLL ${formatShare(nll)}, Brier ${formatShare(brier)}${spread}`;
  return [
    `parameters ${formatCount(parameters.experts + parameters.heads)}: experts ${formatCount(parameters.experts)}, heads ${formatCount(parameters.heads)}`,
    `kept besides by the method: ${formatCount(keptBesides.numbers)} numbers, ${formatBytes(keptBesides.bytes)}`,
    `stored ${formatBytes(bytes)}; time ${formatSeconds(seconds)}; peak memory ${peakRssBytes === null ? 'not known' : formatBytes(peakRssBytes)}`,
    `calibration when learned, mean over tasks: ${calibration}`,
  ]
    .map((line) => wrap(line, width, '  '))
    .join('\n');
}

function metrics(report: Report, width: number, colors: Colors): string {
  const legend = `R[i][j]: accuracy after task i on task j${report.classIncremental ? '; C: the same, class-incremental' : ''}; T tasks`;
  return `${renderMetrics(reportedMetrics(report), width, colors)}\n${wrap(legend, width, '  ')}`;
}
