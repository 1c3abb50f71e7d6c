import * as Plot from '@observablehq/plot';
import { taskAxis } from './axes.js';
import { formatShare } from './numbers.js';
import { atBandEnd, drawBands, drawTogether, faintLine, lowestOf, mostBands } from './over-time.js';
import type { Report, ReportedDuring } from './schema.js';
import type { Theme } from './theme.js';

/** An accuracy on a task at a time, which counts tasks: 2.5 is half-way through learning task 2. */
interface Moment {
  readonly on: number;
  readonly time: number;
  readonly accuracy: number;
  readonly kept: boolean;
}

/** The bottom of the picture: at or below every accuracy that is drawn. */
export function lowestDuring({ series }: ReportedDuring): number {
  const drawn = (on: number, task: number) => series.length <= mostBands || task > on;
  return lowestOf(series.flatMap(({ on, points }) => points.filter(({ task }) => drawn(on, task)).map(({ accuracy }) => accuracy)));
}

/** Accuracy on each task while it and later ones are learned: a band for each task, or for many tasks thin lines in one frame with their mean. */
export function drawDuring(during: ReportedDuring, tasks: Report['tasks'], width: number, theme: Theme): string {
  const count = tasks.length;
  const moments = during.series.flatMap((series) => momentsOf(series, tasks));
  const low = lowestDuring(during);
  const description = `Accuracy on each of ${count} tasks during training, from ${low} to 1`;
  const x = { ...taskAxis(count, width, 'while learning task'), domain: [0, count] };
  const picture = { count, low, x, width, theme, description };
  if (count > mostBands) {
    const learned = moments.filter(({ on, time }) => time >= on + 1);
    return drawTogether(picture, [
      Plot.lineY(learned, { x: 'time', y: 'accuracy', z: 'on', ...faintLine(picture) }),
      Plot.lineY(meansOf(learned), { x: 'time', y: 'accuracy', stroke: theme.series[0], strokeWidth: 2.5 }),
    ]);
  }
  const starts = Array.from({ length: count }, (_, task) => task);
  const kept = moments.filter((moment) => moment.kept);
  return drawBands(picture, [
    Plot.ruleX(starts, { x: (task: number) => task, stroke: theme.faint }),
    Plot.lineY(moments, { x: 'time', y: 'accuracy', fy: 'on', stroke: theme.series[0], strokeWidth: 1.75 }),
    Plot.dot(kept, { x: 'time', y: 'accuracy', fy: 'on', r: 3, fill: theme.paper, stroke: theme.series[0], strokeWidth: 1.5 }),
    Plot.text(ends(during), { x: () => count, fy: 'on', text: 'text', ...atBandEnd(picture) }),
  ]);
}

/** At every time the mean over the tasks learned so far. */
function meansOf(learned: readonly Moment[]): Pick<Moment, 'time' | 'accuracy'>[] {
  const latest = new Map<number, number>();
  const means = new Map<number, number>();
  for (const { on, time, accuracy } of [...learned].sort((a, b) => a.time - b.time)) {
    latest.set(on, accuracy);
    means.set(time, [...latest.values()].reduce((total, value) => total + value, 0) / latest.size);
  }
  return [...means].map(([time, accuracy]) => ({ time, accuracy }));
}

/** A task's accuracy over time; where a training leaves it alone it goes on level. */
function momentsOf({ on, points }: ReportedDuring['series'][number], tasks: Report['tasks']): Moment[] {
  const moments: Moment[] = [];
  for (let task = on; task < tasks.length; task++) {
    const latest = moments.at(-1);
    const during = points.filter((point) => point.task === task);
    if (latest) moments.push({ ...latest, time: during.length > 0 ? task : task + 1, kept: false });
    for (const { phase, epoch, accuracy } of during) {
      const kept = phase === 'kept';
      const time = kept ? task + 1 : task + epoch / ((tasks[task]?.epochs ?? epoch) + 1);
      if (accuracy !== null) moments.push({ on, time, accuracy, kept });
    }
  }
  return moments;
}

/** For each task its lowest accuracy after it was learned and its last. */
function ends({ series }: ReportedDuring): { readonly on: number; readonly text: string }[] {
  return series.flatMap(({ on, points }) => {
    const [learned, ...later] = points.slice(points.findIndex(({ task, phase }) => task === on && phase === 'kept'));
    const last = later.at(-1) ?? learned;
    if (!last) return [];
    const known = later.flatMap(({ accuracy }) => accuracy ?? []);
    const lowest = known.length > 0 ? `${formatShare(Math.min(...known))} → ` : '';
    const end = formatShare(last.accuracy);
    return [{ on, text: lowest === '' ? end : lowest + end.replace(/^0/, '') }];
  });
}
