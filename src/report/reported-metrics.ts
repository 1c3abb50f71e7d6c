import { metricNames } from '../metrics/compute-metrics.js';
import type { Report } from './schema.js';
import { stabilityNames } from '../metrics/stability.js';

type NamedMetric = readonly [name: string, metric: Report['metrics']['averageAccuracy']];

/** The metrics of the accuracy matrices that a report has, in the order in which they are shown. */
export function reportedMetrics({ metrics }: Report): NamedMetric[] {
  const { classIncrementalAccuracy, taskInferenceAccuracy } = metrics;
  return [
    ...metricNames.map((name) => [name, metrics[name]] as const),
    ...(classIncrementalAccuracy ? [['classIncrementalAccuracy', classIncrementalAccuracy] as const] : []),
    ...(taskInferenceAccuracy ? [['taskInferenceAccuracy', taskInferenceAccuracy] as const] : []),
  ];
}

/** The metrics of accuracy during training; none where the run did not measure it. */
export function duringMetrics({ during }: Report): NamedMetric[] {
  return during ? stabilityNames.map((name) => [name, during.metrics[name]] as const) : [];
}
