import { averageAccuracy, averageIncrementalAccuracy, learningAccuracy } from './accuracy.js';
import { averageForgetting, parForgetting } from './forgetting.js';
import type { AccuracyMatrix, Metric } from './metric.js';
import { backwardTransfer, forwardTransfer } from './transfer.js';

/** The names under which reports carry the metrics, in the order in which they are shown. */
export const metricNames = [
  'averageAccuracy',
  'averageIncrementalAccuracy',
  'learningAccuracy',
  'backwardTransfer',
  'averageForgetting',
  'parForgetting',
  'forwardTransfer',
] as const;
export type MetricName = (typeof metricNames)[number];

/**
 * Every metric of an accuracy matrix, T = number of rows.
 *
 * @example
 * computeMetrics([[0.98, null], [0.95, 0.99]], { baselines: [0.5, 0.5] }).averageForgetting.value; // 0.03
 */
export function computeMetrics(
  matrix: AccuracyMatrix,
  options: { readonly baselines?: readonly (number | null)[] } = {},
): Record<MetricName, Metric> {
  return {
    averageAccuracy: averageAccuracy(matrix),
    averageIncrementalAccuracy: averageIncrementalAccuracy(matrix),
    learningAccuracy: learningAccuracy(matrix),
    backwardTransfer: backwardTransfer(matrix),
    averageForgetting: averageForgetting(matrix),
    parForgetting: parForgetting(matrix),
    forwardTransfer: forwardTransfer(matrix, options.baselines ?? []),
  };
}
