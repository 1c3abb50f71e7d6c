import { matrixMetrics, metricNames } from '../metrics/compute-metrics.js';
import { formatDifference, formatShare } from './numbers.js';
import type { reportedMetrics } from './reported-metrics.js';
import { grid, type Colors } from './text-layout.js';

/** Metrics whose sign says what happened. */
const signed = new Set<string>([...metricNames.filter((name) => 'signed' in matrixMetrics[name]), 'stabilityGap']);

/** A line for each metric: its value, its formula, and why it has no value. */
export function renderMetrics(metrics: ReturnType<typeof reportedMetrics>, width: number, colors: Colors): string {
  const rows = metrics.map(([name, { value, formula, reason }]) => {
    const number = value === null ? 'undefined' : signed.has(name) ? formatDifference(value) : formatShare(value);
    return [name, value === null ? colors.dim(number) : colors.bold(number), reason === undefined ? formula : `${formula}; ${reason}`];
  });
  return grid(rows, { align: ['left', 'right', 'left'], widths: [28, 11, Math.max(20, width - 42)] });
}
