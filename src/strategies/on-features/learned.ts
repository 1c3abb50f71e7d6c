import { taskRef, type TaskRef } from '../../core/task.js';
import { LifelongError } from '../../core/errors.js';
import type { Basis } from './basis.js';
import type { Totals } from './method.js';
import { joinMoments, noSecondMoment, type SecondMoment } from './second-moment.js';
import { joinSums, noSums, type ClassSums } from './sums.js';

/** What a learned task has added. */
export interface LearnedClasses {
  readonly ref: TaskRef;
  readonly sums: ClassSums;
  /** Of validation examples, where the method keeps them. */
  readonly heldOut: ClassSums | undefined;
  /** By candidate, where the method chooses by them. */
  readonly losses: readonly number[];
  /** ln T that suited examples of the task best that it was not learned from, and how many they were. */
  readonly temperature: { readonly log: number; readonly examples: number };
}

/** All that a closed form has learned. Replaced, never written to. */
export interface Learned {
  /** What is the same for all tasks, from the first one on. */
  readonly basis: Basis | undefined;
  readonly tasks: readonly LearnedClasses[];
  readonly moment: SecondMoment | undefined;
  readonly heldOutMoment: SecondMoment | undefined;
}

export const nothingLearned: Learned = { basis: undefined, tasks: [], moment: undefined, heldOutMoment: undefined };

/** What a task adds to all that has been learned. */
export interface Addition {
  readonly task: TaskRef;
  readonly sums: ClassSums;
  readonly moment: SecondMoment | undefined;
  readonly heldOut: { readonly sums: ClassSums; readonly moment: SecondMoment } | undefined;
  readonly losses: readonly number[];
}

/** With a task more. */
export function withTask(learned: Learned, { task, sums, moment, heldOut, losses }: Addition): Learned {
  const added: LearnedClasses = { ref: taskRef(task), sums, heldOut: heldOut?.sums, losses, temperature: { log: 0, examples: 0 } };
  return {
    ...learned,
    tasks: [...learned.tasks, added],
    moment: joined(learned.moment, moment),
    heldOutMoment: joined(learned.heldOutMoment, heldOut?.moment),
  };
}

/** With what the last task found to suit its examples. */
export function withTemperature(learned: Learned, temperature: LearnedClasses['temperature']): Learned {
  const last = learned.tasks.at(-1);
  return last ? { ...learned, tasks: [...learned.tasks.slice(0, -1), { ...last, temperature }] } : learned;
}

export function joined(one: SecondMoment | undefined, other: SecondMoment | undefined): SecondMoment | undefined {
  return one && other ? joinMoments(one, other) : (one ?? other);
}

/** The sums that classes follow from. */
export function totalsOf({ tasks, moment, heldOutMoment }: Learned): Totals {
  const classes = joinSums(tasks.map(({ ref, sums }) => ({ classes: ref.classes, sums })));
  const { size } = classes;
  const held = joinSums(tasks.map(({ ref, heldOut }) => ({ classes: ref.classes, sums: heldOut ?? noSums(ref.classes.length, size) })));
  const losses = tasks.reduce<number[]>((sums, task) => task.losses.map((loss, i) => (sums[i] ?? 0) + loss), []);
  const any = held.counts.some((count) => count > 0);
  return { classes, moment, losses, heldOut: any ? { classes: held, moment: heldOutMoment ?? noSecondMoment(size) } : undefined };
}

/** What logits are divided by for probabilities: the mean of the tasks' ln T, weighed by the examples that it is of. */
export function temperatureOf({ tasks }: Learned): number {
  const examples = tasks.reduce((sum, { temperature }) => sum + temperature.examples, 0);
  const sum = tasks.reduce((total, { temperature }) => total + temperature.examples * temperature.log, 0);
  return examples > 0 ? Math.exp(sum / examples) : 1;
}

/** @throws LifelongError `usage` naming the tasks that have been learned */
export function learnedTask({ tasks }: { readonly tasks: readonly { readonly ref: TaskRef }[] }, id: string): TaskRef {
  const found = tasks.find(({ ref }) => ref.id === id);
  if (found) return found.ref;
  const known = tasks.map(({ ref }) => ref.id).join(', ') || '(none yet)';
  throw new LifelongError('usage', `task "${id}" has not been learned: one of ${known} expected`);
}
