import type { LearnEvent, Phase } from '../core/events.js';

/** What one epoch of training a task came to. It is a series of its own: rows of the accuracy matrix come from the test after a task only. */
export interface TrainingPoint {
  readonly task: number;
  readonly phase: Phase;
  /** Of the task, counted over all phases from 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly validationAccuracy: number | null;
  readonly learningRate: number;
}

/** Loss and validation accuracy over the epochs of every task, from the events of a run. An epoch that is not finite is left out. */
export function trainingSeries(events: Iterable<LearnEvent>): TrainingPoint[] {
  const counts = new Map<number, number>();
  const points: TrainingPoint[] = [];
  for (const event of events) {
    if (event.type !== 'epoch-ended') continue;
    const { task, phase, loss, validationAccuracy, learningRate } = event;
    const epoch = (counts.get(task) ?? 0) + 1;
    counts.set(task, epoch);
    if (Number.isFinite(loss) && (validationAccuracy === null || Number.isFinite(validationAccuracy)))
      points.push({ task, phase, epoch, loss, validationAccuracy, learningRate });
  }
  return points;
}
