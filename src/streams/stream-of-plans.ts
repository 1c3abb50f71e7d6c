import type { TaskStream } from '../core/stream.js';
import { idChecker } from '../core/task-ids.js';
import type { Normalization, Task } from '../core/task.js';
import { dataNotes } from '../data/data-notes.js';
import { fingerprint } from '../data/fingerprint.js';
import { allot, learnsWithoutValidation, type Share } from './allot.js';
import { checkAugmented } from './check-augmented.js';
import { cutTask, type CutOptions } from './cut-task.js';
import { planInput } from './plan-input.js';
import type { TaskPlan } from './task-plan.js';

/** What a person should know of tasks without validation samples. */
export const withoutValidation =
  'limits.validation: 0: tasks are learned without validation, so every epoch is trained and the last one is kept, ' +
  'patience and the schedule plateau do nothing, and tasks are compared by their training samples';

const copiesNote = (count: number): string =>
  `augment: every training recording is learned ${count + 1} times, as it is and ${count === 1 ? 'in a changed copy' : `in ${count} changed copies`}`;

/** A stream whose tasks are all known. */
export interface PlannedStream extends TaskStream {
  readonly size: number;
  /** Refuses tasks that cannot be cut, before any is learned. */
  check(): Promise<void>;
}

/**
 * The stream of these tasks, one after the other, each made only when it is asked for.
 *
 * @param begun normalizations of the first tasks, where a run has begun them: data that have grown since keep the statistics that they had
 * @throws LifelongError `config` when two tasks have one id, or one that JavaScript reserves
 */
export function streamOfPlans(
  name: string,
  plans: readonly TaskPlan[],
  options: CutOptions,
  begun: readonly (Normalization | null)[] = [],
): PlannedStream {
  const check = idChecker('config');
  for (const { id } of plans) check(id, `stream ${name}`);
  const described = { ...options, ...(options.sounds && { sounds: options.sounds.print }) };
  let allotted: Promise<Share[][]> | undefined;
  const shares = () => (allotted ??= allot(plans));
  const statistics = ({ data }: TaskPlan) => begun[plans.findIndex((plan) => plan.data === data)] ?? undefined;
  return {
    name,
    fingerprint: fingerprint(JSON.stringify([plans.map(describe), described])),
    taskFingerprints: plans.map((plan) => fingerprint(JSON.stringify([describeOwn(plan), described]))),
    formerTaskFingerprints: plans.map((plan) => fingerprint(JSON.stringify([describe(plan), described]))),
    size: plans.length,
    notes: () => [
      ...[...new Set(plans.map(({ data }) => data))].flatMap((data) => dataNotes(data).map((note) => `${data.name}: ${note}`)),
      ...(options.sounds ? [copiesNote(options.sounds.copies.length)] : []),
      ...(plans.some(({ limits }) => learnsWithoutValidation(limits)) ? [withoutValidation] : []),
    ],
    async *tasks(from = 0): AsyncGenerator<Task> {
      for (let index = from; index < plans.length; index++) {
        const plan = plans[index] as TaskPlan;
        yield await cutTask(plan, (await shares())[index] ?? [], index, options, statistics(plan));
      }
    },
    async check() {
      await shares();
      checkAugmented(options.augment, plans.map(planInput));
    },
  };
}

const describe = ({ id, name, data, classes, changes, labelNoise, limits }: TaskPlan) => [
  id,
  name,
  data.fingerprint,
  classes.map((index) => data.classes[index]),
  changes.map((change) => change.name),
  labelNoise,
  limits,
];

/** As {@link describe}, with the task's own classes in place of the whole data: other classes that come do not change it. */
const describeOwn = (plan: TaskPlan) => {
  const { data, classes } = plan;
  const prints = data.classFingerprints();
  return [describe({ ...plan, data: { ...data, fingerprint: '' } }), data.name, data.inputShape, classes.map((index) => prints[index])];
};
