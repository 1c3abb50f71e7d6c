import type { Decision } from '../../core/decision.js';
import type { ParOptions } from './options.js';

/** An expert as a decision sees it. */
export interface Group {
  readonly expert: string;
  /** D(t, i) to each of its tasks. */
  readonly tasks: readonly { readonly id: string; readonly divergence: number }[];
  /** Training examples of the largest task that the expert has been trained on. */
  readonly largestTrain: number;
  /** What the task's inputs allow: the same shape can join the expert, the same kind (image or vector) can copy its architecture. */
  readonly fit: 'join' | 'copy' | 'none';
}

const aggregates = {
  mean: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values: readonly number[]) => Math.min(...values),
  max: (values: readonly number[]) => Math.max(...values),
};

/**
 * What to do with a task of `trainSize` examples (PAR section 3): nothing known → search; few-shot → reuse a well-trained expert; near →
 * regularize inside the nearest expert; less near → its architecture; far → an architecture of its own.
 */
export function decide(trainSize: number, groups: readonly Group[], noiseFloor: number | null, options: ParOptions): Decision {
  const distances = new Map(
    groups.map((group) => [group, aggregates[options.groupDistance](group.tasks.map(({ divergence }) => divergence))]),
  );
  const divergences = Object.fromEntries([...distances].map(([{ expert }, distance]) => [expert, distance]));
  const nearestOf = (candidates: readonly Group[]) =>
    candidates.reduce<Group | undefined>((best, group) => (best && distance(best) <= distance(group) ? best : group), undefined);
  const distance = (group: Group) => distances.get(group) ?? Infinity;
  const nearest = nearestOf(groups);
  if (!nearest)
    return {
      kind: 'search',
      threshold: null,
      divergences,
      noiseFloor,
      reason: 'Nothing is known yet: the first task searches its architecture.',
    };

  const { regularizeThreshold: alpha, allocateThreshold: beta } = options;
  const measured = (group: Group) => {
    const closest = group.tasks.reduce((best, task) => (task.divergence < best.divergence ? task : best));
    return { nearest: closest.id, divergence: distance(group), divergences, noiseFloor };
  };
  const regularize = (group: Group, threshold: number | null, reason: string): Decision => {
    const mode = trainSize < 0.5 * group.largestTrain ? 'head-only' : 'distil';
    const how =
      mode === 'head-only'
        ? `its ${trainSize} examples are less than half of the expert's ${group.largestTrain}, so only a head is trained`
        : 'the expert is trained further, its old tasks held by distillation';
    return {
      kind: 'regularize',
      mode,
      expert: group.expert,
      threshold,
      ...measured(group),
      reason: `${reason} Joins ${group.expert}: ${how}.`,
    };
  };

  const joinable = groups.filter(({ fit }) => fit === 'join');
  const wellTrained =
    trainSize <= options.fewShot ? nearestOf(joinable.filter(({ largestTrain }) => largestTrain >= 10 * trainSize)) : undefined;
  if (wellTrained) {
    return regularize(
      wellTrained,
      null,
      `Few-shot: ${trainSize} training examples (at most ${options.fewShot}), and ${wellTrained.expert} has seen at least ten times as many.`,
    );
  }
  const home = nearestOf(joinable);
  if (home && distance(home) <= alpha) {
    return regularize(
      home,
      alpha,
      `Divergence ${distance(home).toFixed(3)} from ${home.expert} is at most ${alpha}: easy for what is known.`,
    );
  }
  const model = nearestOf(groups.filter(({ fit }) => fit !== 'none'));
  if (model && distance(model) <= beta) {
    const why = distance(model) <= alpha ? `at most ${alpha}, but its inputs have another shape` : `above ${alpha} and at most ${beta}`;
    return {
      kind: 'reuse-architecture',
      from: model.expert,
      threshold: beta,
      ...measured(model),
      reason: `Divergence ${distance(model).toFixed(3)} from ${model.expert} is ${why}: a new expert with the architecture of ${model.expert}.`,
    };
  }
  return {
    kind: 'search',
    threshold: beta,
    ...measured(nearest),
    reason: `Divergence ${distance(nearest).toFixed(3)} from ${nearest.expert} is above ${beta}: too hard for what is known, a new expert with an architecture of its own.`,
  };
}
