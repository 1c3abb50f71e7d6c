import { averageAccuracy, averageIncrementalAccuracy, learningAccuracy } from './accuracy.js';
import { averageForgetting, parForgetting } from './forgetting.js';
import type { AccuracyMatrix, Metric } from './metric.js';
import { backwardTransfer, forwardTransfer } from './transfer.js';

/** What a metric of the accuracy matrix is computed by. */
interface MatrixMetric {
  /** @param baselines accuracy by task of a model that has learned nothing; null = not known */
  readonly of: (matrix: AccuracyMatrix, baselines: readonly (number | null)[]) => Metric;
  /** Whether its sign says what happened, so that people see it. */
  readonly signed?: true;
}

/**
 * The metrics of an accuracy matrix under the names and in the order in which reports have them. Another one is a line here: JSON and its schema,
 * CSV, text and documents follow.
 */
export const matrixMetrics = {
  averageAccuracy: { of: averageAccuracy },
  averageIncrementalAccuracy: { of: averageIncrementalAccuracy },
  learningAccuracy: { of: learningAccuracy },
  backwardTransfer: { of: backwardTransfer, signed: true },
  averageForgetting: { of: averageForgetting },
  parForgetting: { of: parForgetting, signed: true },
  forwardTransfer: { of: forwardTransfer, signed: true },
} as const satisfies Readonly<Record<string, MatrixMetric>>;

export type MetricName = keyof typeof matrixMetrics;
export const metricNames = Object.keys(matrixMetrics) as readonly MetricName[];

/**
 * Every metric of an accuracy matrix, T = number of rows.
 *
 * @example
 * computeMetrics([[0.98, null], [0.95, 0.99]], { baselines: [0.5, 0.5] }).averageForgetting.value; // 0.03
 */
export function computeMetrics(
  matrix: AccuracyMatrix,
  { baselines = [] }: { readonly baselines?: readonly (number | null)[] } = {},
): Record<MetricName, Metric> {
  const computed = metricNames.map((name) => [name, matrixMetrics[name].of(matrix, baselines)]);
  return Object.fromEntries(computed) as Record<MetricName, Metric>;
}
