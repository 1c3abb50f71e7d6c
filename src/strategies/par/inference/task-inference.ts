import type { Random } from '../../../core/random.js';
import type { NamedArray } from '../../../core/snapshot.js';
import { identify, type Candidate } from '../../../difficulty/identify.js';
import type { Prototypes } from '../../../difficulty/prototypes.js';
import { prototypeFinder, type TaskFinder, type WayToFind } from '../../../difficulty/task-finder.js';
import { momentFromArrays, momentToArrays } from '../../on-features/second-moment.js';
import type { ParOptions } from '../options.js';
import { discriminantsOf } from './discriminants.js';
import { addScatter, noScatter, scatterOf, type FeatureScatter } from './feature-scatter.js';
import { addJudgements, betterWay, judgeTask, nothingJudged, type Judgement } from './judge.js';

/** What is kept to find tasks by, besides prototypes: how features scatter within classes, and how each way did on validation examples. */
export interface TaskInference {
  readonly scatter: FeatureScatter;
  readonly judged: Judgement;
}

/** A task's validation examples as inference learns them. */
export interface NewTask {
  /** `[n, D]` */
  readonly features: Float32Array;
  /** `[n]` */
  readonly labels: Int32Array;
  readonly prototypes: Prototypes;
}

/** With a task more: first judged by what is known without the part that is judged, then added whole. @param known the tasks that it can be taken for */
export function inferenceWith(
  before: TaskInference | undefined,
  { features, labels, prototypes }: NewTask,
  known: readonly Prototypes[],
  source: Random,
): TaskInference {
  const { scatter, judged } = before ?? { scatter: noScatter(prototypes.size), judged: nothingJudged };
  const now = judgeTask({ features, labels, classes: prototypes.classes }, known, scatter, source);
  return { scatter: addScatter(scatter, scatterOf(features, labels, prototypes)), judged: addJudgements(judged, now) };
}

/**
 * Finds tasks in the way that the option says, or that found more validation examples.
 *
 * @param candidates in raw features, with margins of raw features
 */
export function finderFor(
  inference: TaskInference | undefined,
  candidates: readonly Candidate[],
  option: ParOptions['taskInference'],
): TaskFinder {
  if (!inference) return prototypeFinder(candidates);
  const { scatter, judged } = inference;
  const way: WayToFind = option === 'validation' ? betterWay(judged) : option;
  const space = way === 'lda' ? discriminantsOf(scatter) : undefined;
  if (!space) return prototypeFinder(candidates, judged);
  const excess = judged.examples > 0 ? judged.excess / judged.examples : 1;
  const whitened = candidates.map(({ id, prototypes }) => ({
    ...{ id, excess, prototypes: space.prototypes(prototypes) },
    margin: whitenedNoise(prototypes, space.directions),
  }));
  return { way, judged, identify: (features) => identify(space.rows(features), whitened) };
}

/**
 * How much the logarithm of an example's distances to two prototypes of one class differs by chance, where each is the mean of n examples: its standard deviation for
 * normal features with as many independent directions as the scatter has, the mean over classes; null where a class has fewer than four examples. With x = z and
 * prototypes e, e' about a class's mean, |z - e|^2 - |z - e'|^2 has the variance 8 d/n + 4 d/n^2, and |z - e|^2 the mean d (1 + 1/n).
 */
export function whitenedNoise({ counts }: Pick<Prototypes, 'counts'>, directions: number): number | null {
  if (counts.some((count) => count < 4)) return null;
  const deviation = (n: number) => Math.sqrt((2 / (n * directions)) * (1 + 1 / (2 * n))) / (1 + 1 / n);
  return counts.reduce((sum, n) => sum + deviation(n), 0) / counts.length;
}

const vector = (data: Float32Array | Int32Array): NamedArray => ({ shape: [data.length], data });

export function inferenceToArrays({ scatter, judged }: TaskInference): Readonly<Record<string, NamedArray>> {
  const { examples, right, far, excess } = judged;
  return {
    ...momentToArrays(scatter.moment),
    counts: vector(Int32Array.of(scatter.degrees, examples, right.prototypes, right.lda, far.prototypes, far.lda)),
    excess: vector(Float32Array.of(excess)),
  };
}

/** @throws LifelongError `run-corrupt` for a scatter of features of another length */
export function inferenceFromArrays(arrays: Readonly<Record<string, NamedArray>>, size: number, owner: string): TaskInference {
  const [degrees = 0, examples = 0, nearest = 0, lda = 0, farNearest = 0, farLda = 0] = arrays['counts']?.data ?? [];
  const [excess = 0] = arrays['excess']?.data ?? [];
  return {
    scatter: { moment: momentFromArrays(arrays, size, owner), degrees },
    judged: { examples, right: { prototypes: nearest, lda }, far: { prototypes: farNearest, lda: farLda }, excess },
  };
}
