import type { AccuracyTracked } from '../core/events.js';
import type { Metric } from './metric.js';

/** An accuracy measured while a task was learned, or, as `kept`, with the weights that it ended with. */
export type TrackedPoint = Omit<AccuracyTracked, 'type'>;

/** What learning `task` did on the way to an earlier one, `on`. */
export interface StabilityGap {
  readonly task: number;
  readonly on: number;
  /** Accuracy just before. */
  readonly before: number | null;
  /** Lowest on the way, the end included. */
  readonly lowest: number | null;
  /** With the weights that were kept. */
  readonly after: number | null;
  /** `before` less `lowest`; negative when it only got better. */
  readonly gap: number | null;
}

/** The metrics of accuracy during training, in the order in which they are shown. */
export const stabilityNames = ['minAccuracy', 'worstCaseAccuracy', 'stabilityGap'] as const;
export type StabilityName = (typeof stabilityNames)[number];

/**
 * Every pair of a task and an earlier one whose predictions its training could change; a pair that is not there was left alone, and its gap is 0.
 *
 * @param points in order of time
 * @param tasks T, how many tasks were learned
 */
export function stabilityGaps(points: readonly TrackedPoint[], tasks: number): StabilityGap[] {
  const during = byPair(points);
  return range(0, tasks).flatMap((task) =>
    range(0, task).flatMap((on): StabilityGap[] => {
      const accuracies = during(task, on);
      if (accuracies.length === 0) return [];
      const [before, lowest] = [accuracyBefore(during, task, on), lowestOf(accuracies)];
      const gap = before === null || lowest === null ? null : before - lowest;
      return [{ task, on, before, lowest, after: accuracies.at(-1) ?? null, gap }];
    }),
  );
}

/**
 * How far accuracy fell at the worst moment (De Lange, van de Ven & Tuytelaars, "Continual evaluation for lifelong learning: Identifying the
 * stability gap", ICLR 2023: min-ACC and WC-ACC after the last task). A_n(j) is the accuracy on task j at time n; a task whose predictions a
 * training leaves alone has its last accuracy all through it.
 *
 * @param points in order of time
 * @param tasks T, how many tasks were learned
 */
export function stabilityMetrics(points: readonly TrackedPoint[], tasks: number): Record<StabilityName, Metric> {
  const during = byPair(points);
  const lows = range(0, tasks - 1).map((on) => lowestOf(accuraciesAfter(during, tasks, on)));
  const last = during(tasks - 1, tasks - 1).at(-1) ?? null;
  const gaps = stabilityGaps(points, tasks);
  const unseen = gaps.find(({ gap }) => gap === null);
  const noLow = lows.includes(null) && `task ${lows.indexOf(null)} was not measured at every time after it was learned`;
  const noLast = last === null && `task ${tasks - 1} was not measured when it was learned`;
  const noGap = unseen && `task ${unseen.on} was not measured at every time before and while task ${unseen.task} was learned`;
  const minimum = mean(lows.map((low) => low ?? 0));
  const gapOf = (task: number) => sum(gaps.filter((pair) => pair.task === task).map(({ gap }) => gap ?? 0)) / task;
  const define = (formula: string, value: number, reason: string | false | undefined): Metric => {
    if (tasks < 2) return { value: null, formula, reason: `needs at least 2 tasks, found ${tasks}` };
    return reason ? { value: null, formula, reason } : { value, formula };
  };
  return {
    minAccuracy: define('(1/(T-1)) Σ_{j<T-1} min_{n after j} A_n(j)', minimum, noLow),
    worstCaseAccuracy: define('(1/T) A_end(T-1) + (1 − 1/T) minAccuracy', (last ?? 0) / tasks + (1 - 1 / tasks) * minimum, noLow || noLast),
    stabilityGap: define(
      '(1/(T-1)) Σ_{i≥1} (1/i) Σ_{j<i} (A_{before i}(j) − min_{n in i} A_n(j))',
      mean(range(1, tasks).map(gapOf)),
      noGap,
    ),
  };
}

/** Accuracies on `on` while `task` was learned, in order of time; none where that left task `on` alone. */
type During = (task: number, on: number) => readonly (number | null)[];

function byPair(points: readonly TrackedPoint[]): During {
  const pairs = new Map<string, (number | null)[]>();
  for (const { task, on, accuracy } of points) {
    const known = pairs.get(`${task} ${on}`);
    if (known) known.push(accuracy);
    else pairs.set(`${task} ${on}`, [accuracy]);
  }
  return (task, on) => pairs.get(`${task} ${on}`) ?? [];
}

/** With the weights that the last training that changed task `on` before `task` ended with. */
function accuracyBefore(during: During, task: number, on: number): number | null {
  const changed = range(on, task).findLast((earlier) => during(earlier, on).length > 0);
  return changed === undefined ? null : (during(changed, on).at(-1) ?? null);
}

/** At all times after task `on` was learned. */
function accuraciesAfter(during: During, tasks: number, on: number): (number | null)[] {
  let latest = accuracyBefore(during, on + 1, on);
  return range(on + 1, tasks).flatMap((task) => {
    const accuracies = during(task, on);
    if (accuracies.length === 0) return [latest];
    latest = accuracies.at(-1) ?? null;
    return accuracies;
  });
}

/** Null when one of them is not known. */
function lowestOf(accuracies: readonly (number | null)[]): number | null {
  const known = accuracies.filter((accuracy) => accuracy !== null);
  return known.length < accuracies.length ? null : Math.min(...known);
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;
