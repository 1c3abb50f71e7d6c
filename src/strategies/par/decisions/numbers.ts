import type { ParOptions } from '../options.js';

/** An expert as a decision sees it. */
export interface Group {
  readonly expert: string;
  /** D(t, i) to each of its tasks. */
  readonly tasks: readonly { readonly id: string; readonly divergence: number }[];
  /** Training examples of the largest task that the expert has been trained on. */
  readonly largestTrain: number;
  /**
   * What the task's inputs allow: of the same shape it can join the expert, of the same domain it can copy its architecture. With an expert of
   * another domain (`none`) a task cannot be compared.
   */
  readonly fit: 'join' | 'copy' | 'none';
  /** The expert that a patch for the task would stand on: this one, or the one that this is a patch on. */
  readonly base?: string | undefined;
  /** Patches on the expert, by id: they stand on it as it is. */
  readonly patches?: readonly string[];
}

/** What decisions about a task of `trainSize` examples are taken from. */
export interface Numbers {
  readonly trainSize: number;
  readonly groups: readonly Group[];
  readonly noiseFloor: number | null;
  /** Distance to every group that the task can be compared with, by expert id. */
  readonly divergences: Readonly<Record<string, number>>;
  /** Distance of the task to a group. */
  readonly distance: (group: Group) => number;
}

const aggregates = {
  mean: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values: readonly number[]) => Math.min(...values),
  max: (values: readonly number[]) => Math.max(...values),
};

export function numbersOf(
  trainSize: number,
  groups: readonly Group[],
  noiseFloor: number | null,
  { groupDistance }: Pick<ParOptions, 'groupDistance'>,
): Numbers {
  const distances = new Map(
    groups.filter(comparable).map((group) => [group, aggregates[groupDistance](group.tasks.map(({ divergence }) => divergence))] as const),
  );
  return {
    ...{ trainSize, groups, noiseFloor },
    divergences: Object.fromEntries([...distances].map(([{ expert }, distance]) => [expert, distance])),
    distance: (group) => distances.get(group) ?? Infinity,
  };
}

/** Whether a task can be compared with a group's. */
export const comparable = ({ fit }: Group): boolean => fit !== 'none';

/**
 * Divergences that are less than this apart count as equal. They are means of logarithms of distances out of a float32 matrix product, whose last
 * bits (6e-8 relative) differ from one CPU to another and even between equal rows; no decision may hang on those.
 */
const tie = 1e-6;

/** The nearest of these groups, the one known earliest of equal ones; undefined where there is none. */
export function nearestOf({ distance }: Numbers, candidates: readonly Group[]): Group | undefined {
  return earliestNearest(candidates, distance);
}

function earliestNearest<T>(candidates: readonly T[], distance: (candidate: T) => number): T | undefined {
  const least = candidates.reduce((smallest, candidate) => Math.min(smallest, distance(candidate)), Infinity);
  return candidates.find((candidate) => distance(candidate) <= least + tie);
}

/** The numbers that a decision carries about the group it is taken from. */
export function measuredFrom({ distance, divergences, noiseFloor }: Numbers, group: Group) {
  const closest = earliestNearest(group.tasks, ({ divergence }) => divergence) as Group['tasks'][number];
  return { nearest: closest.id, divergence: distance(group), divergences, noiseFloor };
}
