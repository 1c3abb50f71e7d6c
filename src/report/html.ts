import { describeDecision } from './decision-words.js';
import { trainingFigures } from './chart-training.js';
import { genotypeFigures, reportFigures } from './figures.js';
import { htmlFigures, htmlPage, htmlTable, htmlTiles } from './html-page.js';
import { learnedTasks } from './learned-tasks.js';
import { formatSeconds, formatShare, formatSize } from './numbers.js';
import type { Report } from './schema.js';
import { escapeHtml } from './table.js';
import { reportTables } from './tables.js';
import { describeTaskInference } from './reported-task-inference.js';
import type { TrainingPoint } from './training.js';
import { describeDistances, nameTask, titleOf } from './words.js';

/**
 * The whole report as one HTML file with every picture and table in it; opens without network, light or dark, on a phone or a wide screen.
 *
 * @param options.training what `trainingSeries` gives for the events of the run; without it there are no pictures of training
 */
export function renderHtml(report: Report, options: { readonly training?: readonly TrainingPoint[] } = {}): string {
  const genotypes = new Set(genotypeFigures(report).map((figure) => figure.name));
  const [pictures, drawings] = [false, true].map((wanted) =>
    reportFigures(report).filter((figure) => genotypes.has(figure.name) === wanted),
  );
  return htmlPage(
    `Forgetting report: ${titleOf(report)}`,
    [
      header(report),
      htmlFigures([...(pictures ?? []), ...trainingFigures(options.training ?? [])]),
      `<h2>What was decided, and why</h2>\n${decisionLog(report)}`,
      ...(drawings && drawings.length > 0 ? ['<h2>Genotypes</h2>', htmlFigures(drawings)] : []),
      '<h2>All numbers</h2>',
      ...reportTables(report).map(htmlTable),
    ].join('\n'),
  );
}

function header(report: Report): string {
  const { run, metrics, cost } = report;
  const learned = learnedTasks(report);
  const tiles = [
    { label: 'average accuracy', value: formatShare(metrics.averageAccuracy.value) },
    ...(metrics.classIncrementalAccuracy
      ? [{ label: 'average accuracy, class-incremental', value: formatShare(metrics.classIncrementalAccuracy.value) }]
      : []),
    { label: 'average forgetting', value: formatShare(metrics.averageForgetting.value) },
    { label: 'tasks', value: String(report.tasks.length) },
    { label: 'experts', value: String(report.experts.length) },
    { label: 'parameters', value: formatSize(cost.parameters.experts + cost.parameters.heads) },
    { label: 'time', value: formatSeconds(cost.seconds) },
  ];
  return `<header>
<h1>Forgetting report: ${escapeHtml(titleOf(report))}</h1>
<p>${escapeHtml(run.path)}: ${run.status}, ${learned}; features ${escapeHtml(report.features.name)}; ${escapeHtml(run.created)}</p>
${report.warnings.map((warning) => `<p class="warning">Warning: ${escapeHtml(warning)}</p>`).join('\n')}
${htmlTiles(tiles)}${report.taskInference ? `\n<p>${escapeHtml(describeTaskInference(report.taskInference))}</p>` : ''}
</header>`;
}

function decisionLog(report: Report): string {
  if (report.tasks.length === 0) return '<p>No task has been learned yet.</p>';
  const entries = report.tasks.map((task) => {
    const distances = describeDistances(task.decision);
    return `<li><strong>Task ${task.index}, ${escapeHtml(nameTask(task))}: ${escapeHtml(describeDecision(task.decision))}</strong><br>
${escapeHtml(task.decision?.reason ?? 'This strategy takes no decisions.')}${distances === '' ? '' : `<br><small>${escapeHtml(distances)}</small>`}</li>`;
  });
  return `<ol class="log">\n${entries.join('\n')}\n</ol>`;
}
