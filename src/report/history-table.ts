import { decisionName } from '../core/decision.js';
import { classIncrementalAccuracy } from '../metrics/accuracy.js';
import { computeMetrics } from '../metrics/compute-metrics.js';
import type { Report } from './schema.js';
import { columnsOf, type Table } from './table.js';

/**
 * One row for each learned task: what it is, what was decided, what it cost, its row of the accuracy matrix, and the metrics of the run as they
 * stood after it; the last row holds the final ones. This is what `report --format csv` writes.
 */
export function historyTable(report: Report): Table {
  const { classIncremental } = report;
  const onTasks = (suffix: string) => report.tasks.map((_, j) => ({ title: `on task ${j}${suffix}`, kind: 'share' as const }));
  const rows = report.tasks.map((task, i) => {
    const metrics = computeMetrics(report.accuracy.slice(0, i + 1));
    return [
      `after task ${i}`,
      task.id,
      task.name,
      task.decision && decisionName(task.decision),
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
      ...(classIncremental ? [classIncrementalAccuracy(classIncremental.slice(0, i + 1)).value, ...(classIncremental[i] ?? [])] : []),
    ];
  });
  return {
    name: 'history',
    title: 'History',
    columns: [
      ...columnsOf({
        when: 'text',
        task: 'text',
        name: 'text',
        decision: 'text',
        expert: 'text',
        divergence: 'share',
        threshold: 'share',
        addedParameters: 'count',
        epochs: 'count',
        seconds: 'seconds',
        learned: 'share',
        final: 'share',
        forgetting: 'share',
        averageAccuracy: 'share',
        averageForgetting: 'share',
        backwardTransfer: 'difference',
      }),
      ...onTasks(''),
      ...(classIncremental ? [{ title: 'classIncrementalAccuracy', kind: 'share' as const }, ...onTasks(', class-incremental')] : []),
    ],
    rows,
  };
}
