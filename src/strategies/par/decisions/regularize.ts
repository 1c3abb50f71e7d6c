import type { DecisionOf } from '../../../core/decision.js';
import { expertNamed } from '../../../experts/memory.js';
import type { DecisionKind } from './decision-kind.js';
import { measuredFrom, nearestOf, type Group, type Numbers } from './numbers.js';

/**
 * Joins an expert whose inputs have the same shape: the nearest well-trained one for a few-shot task, or the nearest one up to
 * `regularizeThreshold`. A task with less than half of the expert's largest task only trains a head; an expert that carries patches is not trained further.
 */
export const regularize: DecisionKind<DecisionOf<'regularize'>> = {
  name: 'regularize',
  propose(numbers, { fewShot, regularizeThreshold: alpha }) {
    const { trainSize, distance } = numbers;
    const joinable = numbers.groups.filter(({ fit }) => fit === 'join');
    const wellTrained = joinable.filter(({ largestTrain }) => largestTrain >= 10 * trainSize);
    const teacher = trainSize <= fewShot ? nearestOf(numbers, wellTrained) : undefined;
    if (teacher) {
      const why = `Few-shot: ${trainSize} training examples (at most ${fewShot}), and ${teacher.expert} has seen at least ten times as many.`;
      return join(numbers, teacher, null, why);
    }
    const home = nearestOf(numbers, joinable);
    if (!home || distance(home) > alpha) return undefined;
    if (modeIn(home, trainSize) === 'distil' && carriesPatches(home)) return undefined;
    const why = `Divergence ${distance(home).toFixed(3)} from ${home.expert} is at most ${alpha}: easy for what is known.`;
    return join(numbers, home, alpha, why);
  },
  start: ({ expert, mode }, { memory }) => ({
    expert: expertNamed(memory, expert),
    added: false,
    phase: mode === 'distil' ? 'distil' : 'head',
  }),
};

/** Joins the nearest expert that takes the task's inputs, however far it is, because of a cap on growth; undefined where none takes them. */
export function joinForCap(
  numbers: Numbers,
  capped: NonNullable<DecisionOf<'regularize'>['capped']>,
  why: string,
): DecisionOf<'regularize'> | undefined {
  const home = nearestOf(
    numbers,
    numbers.groups.filter(({ fit }) => fit === 'join'),
  );
  return home && { ...join(numbers, home, null, why), capped };
}

function join(numbers: Numbers, group: Group, threshold: number | null, why: string): DecisionOf<'regularize'> {
  const { trainSize } = numbers;
  const { expert, largestTrain, patches = [] } = group;
  const small = modeIn(group, trainSize) === 'head-only';
  const mode = small || carriesPatches(group) ? 'head-only' : 'distil';
  const how = small
    ? `its ${trainSize} examples are less than half of the expert's ${largestTrain}, so only a head is trained`
    : mode === 'head-only'
      ? `${patches.join(', ')} ${patches.length > 1 ? 'stand' : 'stands'} on it as it is, so only a head is trained`
      : 'the expert is trained further, its old tasks held by distillation';
  return {
    ...{ kind: 'regularize', mode, expert, threshold },
    ...measuredFrom(numbers, group),
    reason: `${why} Joins ${expert}: ${how}.`,
  };
}

/** What joining trains, as far as the numbers of examples say. */
const modeIn = ({ largestTrain }: Group, trainSize: number) => (trainSize < 0.5 * largestTrain ? 'head-only' : 'distil');

const carriesPatches = ({ patches = [] }: Group) => patches.length > 0;
