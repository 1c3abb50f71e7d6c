import type { LearnEvent } from '../core/events.js';
import type { RunRecord } from '../core/run-record.js';
import type { ReportedDuring } from './schema.js';
import { stabilityGaps, stabilityMetrics, type TrackedPoint } from '../metrics/stability.js';

/**
 * Accuracy during training of the learned tasks, from the events of a run; undefined where there is none. What belongs to a task under way is left
 * out, as in the rest of a report.
 */
export function duringTraining(
  events: Iterable<LearnEvent>,
  { every, examples }: NonNullable<RunRecord['tracking']>,
  tasks: number,
): ReportedDuring | undefined {
  const points: TrackedPoint[] = [];
  for (const event of events) {
    if (event.type !== 'accuracy-tracked' || event.task >= tasks) continue;
    const { task, phase, epoch, on, accuracy } = event;
    points.push({ task, phase, epoch, on, accuracy });
  }
  if (points.length === 0) return undefined;
  const measured = [...new Set(points.map(({ on }) => on))].sort((a, b) => a - b);
  return {
    every,
    examples,
    series: measured.map((on) => ({ on, points: points.filter((point) => point.on === on).map(ofSeries) })),
    gaps: stabilityGaps(points, tasks),
    metrics: stabilityMetrics(points, tasks),
  };
}

const ofSeries = ({ task, phase, epoch, accuracy }: TrackedPoint) => ({ task, phase, epoch, accuracy });
