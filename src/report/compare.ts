import { canonicalJson } from '../core/canonical-json.js';
import { LifelongError } from '../core/errors.js';
import type { JsonValue } from '../core/json.js';
import type { Report } from './schema.js';
import { bootstrapInterval, measureSpread } from './spread.js';
import type { Spread } from './spread.js';

/** What runs are compared by. */
export const measureNames = [
  'averageAccuracy',
  'averageForgetting',
  'backwardTransfer',
  'classIncrementalAccuracy',
  'experts',
  'parameters',
  'keptNumbers',
  'keptBytes',
  'bytes',
  'seconds',
] as const;
export type MeasureName = (typeof measureNames)[number];

/** Measures whose differences are tested against seed noise. */
export const testedMeasures = ['averageAccuracy', 'averageForgetting'] as const;

/** Runs of one strategy with the same options, over seeds. */
export interface Group {
  /** The strategy, with the options in which it differs from other groups of that strategy. */
  readonly name: string;
  readonly strategy: string;
  readonly options: Readonly<Record<string, JsonValue>>;
  readonly runs: readonly { readonly path: string; readonly seed: number; readonly values: Readonly<Record<MeasureName, number | null>> }[];
  readonly measures: Readonly<Record<MeasureName, Spread>>;
}

/** `first` less `second` on the seeds that both have. */
export interface Difference {
  readonly measure: (typeof testedMeasures)[number];
  readonly first: string;
  readonly second: string;
  readonly seeds: readonly number[];
  readonly mean: number | null;
  /** Bootstrap 95 % interval of the mean. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** Whether the interval lies on one side of zero; null when it cannot be said. */
  readonly exceedsSeedNoise: boolean | null;
  readonly reason?: string;
}

export interface Comparison {
  readonly schema: 'lifelong.comparison/1';
  readonly stream: string;
  readonly tasks: number;
  readonly groups: readonly Group[];
  readonly differences: readonly Difference[];
  readonly warnings: readonly string[];
}

/**
 * Compares strategies on one stream over seeds. Runs of one strategy with equal options form a group; groups are paired on common seeds.
 *
 * @throws LifelongError `usage` when there is no run, or runs are of different streams
 */
export function compareRuns(reports: readonly Report[]): Comparison {
  const [first] = reports;
  if (first === undefined) throw new LifelongError('usage', 'compare: at least one run expected, found none');
  const streams = [...new Set(reports.map((report) => report.stream.name))];
  if (streams.length > 1) {
    throw new LifelongError(
      'usage',
      `compare: runs of one stream expected, found ${streams.join(', ')}`,
      'compare the runs of each stream by itself',
    );
  }
  const tasks = Math.max(...reports.map((report) => report.tasks.length));
  const warnings: string[] = [];
  const whole = reports.filter((report) => {
    if (report.tasks.length < tasks) warnings.push(`${report.run.path} is left out: it learned ${report.tasks.length} of ${tasks} tasks`);
    return report.tasks.length === tasks;
  });
  for (const report of whole) if (report.run.status !== 'complete') warnings.push(`${report.run.path} is ${report.run.status}`);
  warnings.push(...differentStreams(whole));
  const groups = groupRuns(whole, warnings);
  const differences = testedMeasures.flatMap((measure) =>
    groups.flatMap((one, i) => groups.slice(i + 1).map((other) => subtract(measure, one, other))),
  );
  if (differences.some((difference) => difference.interval !== null && difference.seeds.length < 5)) {
    warnings.push('with fewer than 5 common seeds a bootstrap interval is too narrow: take what exceeds seed noise as a hint');
  }
  return { schema: 'lifelong.comparison/1', stream: first.stream.name, tasks, groups, differences, warnings };
}

/** Whether every run was also asked without being told the task, so that strategies can be compared by it. */
export function knowsClassIncremental({ groups }: Comparison): boolean {
  return groups.every(({ runs }) => runs.every(({ values }) => values.classIncrementalAccuracy !== null));
}

/** Runs with one seed must have seen the same data; a difference between them would mean something else. */
function differentStreams(reports: readonly Report[]): string[] {
  const bySeed = groupBy(reports, (report) => report.seed);
  return [...bySeed].flatMap(([seed, runs]) =>
    new Set(runs.map((run) => run.stream.fingerprint)).size > 1
      ? [`the runs with seed ${seed} did not learn the same data or the same tasks`]
      : [],
  );
}

function optionsOf({ strategy, features }: Report): Record<string, JsonValue> {
  return { ...strategy.options, features: features.name };
}

function groupRuns(reports: readonly Report[], warnings: string[]): Group[] {
  const keyOf = (report: Report) => `${report.strategy.name} ${canonicalJson(optionsOf(report))}`;
  const byKey = [...groupBy(reports, keyOf).values()];
  return byKey.map((runs) => {
    const [sample] = runs as [Report];
    const siblings = byKey.flatMap(([other]) => (other?.strategy.name === sample.strategy.name ? [optionsOf(other)] : []));
    const options = optionsOf(sample);
    const differing = Object.keys(options)
      .filter((option) => new Set(siblings.map((other) => canonicalJson(other[option]))).size > 1)
      .map((option) => `${option} ${canonicalJson(options[option])}`);
    const name = differing.length === 0 ? sample.strategy.name : `${sample.strategy.name} (${differing.join(', ')})`;
    const distinct = runs.filter((run, i) => {
      const again = runs.findIndex((other) => other.seed === run.seed) < i;
      if (again) warnings.push(`${run.run.path} is left out: another run of ${name} has seed ${run.seed} too`);
      return !again;
    });
    const values = distinct.map((run) => ({ path: run.run.path, seed: run.seed, values: valuesOf(run) })).sort((a, b) => a.seed - b.seed);
    const measures = Object.fromEntries(
      measureNames.map((measure) => [measure, measureSpread(values.map((run) => run.values[measure]))]),
    ) as Record<MeasureName, Spread>;
    return { name, strategy: sample.strategy.name, options, runs: values, measures };
  });
}

function valuesOf({ metrics, experts, cost }: Report): Record<MeasureName, number | null> {
  return {
    averageAccuracy: metrics.averageAccuracy.value,
    averageForgetting: metrics.averageForgetting.value,
    backwardTransfer: metrics.backwardTransfer.value,
    classIncrementalAccuracy: metrics.classIncrementalAccuracy?.value ?? null,
    experts: experts.length,
    parameters: cost.parameters.experts + cost.parameters.heads,
    keptNumbers: cost.keptBesides.numbers,
    keptBytes: cost.keptBesides.bytes,
    bytes: cost.bytes,
    seconds: cost.seconds,
  };
}

function subtract(measure: Difference['measure'], one: Group, other: Group): Difference {
  const pairs = one.runs.flatMap((run) => {
    const a = run.values[measure];
    const b = other.runs.find((candidate) => candidate.seed === run.seed)?.values[measure] ?? null;
    return a === null || b === null ? [] : [{ seed: run.seed, difference: a - b }];
  });
  const named = { measure, first: one.name, second: other.name, seeds: pairs.map((pair) => pair.seed) };
  const differences = pairs.map((pair) => pair.difference);
  const { mean } = measureSpread(differences);
  const interval = bootstrapInterval(differences);
  if (interval === null) {
    const reason = pairs.length === 0 ? 'no seed is common to both' : 'one common seed says nothing about seed noise';
    return { ...named, mean, interval, exceedsSeedNoise: null, reason };
  }
  return { ...named, mean, interval, exceedsSeedNoise: interval.low > 0 || interval.high < 0 };
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
