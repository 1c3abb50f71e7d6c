import { formatDifference, formatShare } from './numbers.js';
import { duringMetrics } from './reported-metrics.js';
import type { Report, ReportedDuring } from './schema.js';
import { grid, wrap, type Colors } from './text-layout.js';
import { renderMetrics } from './text-metrics.js';

/** With more tasks than this, only the metrics are shown. */
const mostListed = 12;

/** Metrics of accuracy during training, and for each task the earlier one that fell furthest while it was learned. */
export function renderDuring(report: Report, during: ReportedDuring, width: number, colors: Colors): string {
  const count = report.tasks.length;
  const legend = 'A_n(j): accuracy on task j at time n of training';
  const elsewhere = `; what each of ${count} tasks did to earlier ones: report --format csv --table stability`;
  return [
    renderMetrics(duringMetrics(report), width, colors),
    wrap(count > mostListed ? legend + elsewhere : legend, width, '  '),
    ...(count > mostListed || during.gaps.length === 0 ? [] : [falls(during, colors)]),
  ].join('\n');
}

function falls({ gaps }: ReportedDuring, colors: Colors): string {
  const tasks = [...new Set(gaps.map(({ task }) => task))];
  const rows = tasks.map((task) => {
    const pairs = gaps.filter((pair) => pair.task === task);
    const { on, before, lowest, after, gap } = pairs.reduce((worst, pair) => ((pair.gap ?? -1) > (worst.gap ?? -1) ? pair : worst));
    return [`task ${task}`, `task ${on}`, ...[before, lowest, after].map(formatShare), formatDifference(gap)];
  });
  const head = ['while learning', 'fell furthest', 'before', 'lowest', 'kept', 'gap'].map(colors.dim);
  return grid([head, ...rows], { align: ['left', 'left', 'right', 'right', 'right', 'right'] });
}
