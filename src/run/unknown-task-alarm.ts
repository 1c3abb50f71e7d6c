import { isFar, type Identification } from '../difficulty/identify.js';
import type { TaskFinder } from '../difficulty/task-finder.js';

/** Says that examples without labels are of a task that nobody has learned yet. */
export interface UnknownTaskAlarm {
  readonly examples: number;
  /** Share of them that is far from all known tasks. */
  readonly far: number;
  /** Share that is to be expected of known tasks' examples. */
  readonly expected: number;
  /** One sentence for people. */
  readonly reason: string;
}

/** How likely, at most, an alarm is where all examples are of known tasks. */
const falseAlarm = 0.001;

/**
 * The alarm for a stream of examples: more of them are far from all tasks than chance makes of the expected share (Hoeffding's inequality, which holds for any number
 * of independent examples).
 *
 * @param expected as {@link usuallyFar} gives it
 */
export function unknownTaskAlarm(identified: readonly Identification[], expected: number): UnknownTaskAlarm | null {
  const examples = identified.length;
  const far = identified.filter(isFar).length / Math.max(1, examples);
  if (examples === 0 || far - expected <= Math.sqrt(Math.log(1 / falseAlarm) / (2 * examples))) return null;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return {
    ...{ examples, far, expected },
    reason:
      `these ${examples} examples seem to be of none of the known tasks: ${percent(far)} of them are far from all classes, ` +
      `of known tasks' examples it would be ${percent(expected)} or less`,
  };
}

/** The share of known tasks' examples that is far: measured on held-out ones where the run has done so, else a half, which Markov's inequality leaves. */
export function usuallyFar({ way, judged }: TaskFinder): number {
  return judged && judged.examples > 0 && way !== 'learned' ? judged.far[way] / judged.examples : 0.5;
}
