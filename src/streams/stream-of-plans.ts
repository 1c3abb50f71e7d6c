import type { TaskStream } from '../core/stream.js';
import { idChecker } from '../core/task-ids.js';
import type { Task } from '../core/task.js';
import { dataNotes } from '../data/data-notes.js';
import { fingerprint } from '../data/fingerprint.js';
import { allot, type Share } from './allot.js';
import { cutTask, type CutOptions } from './cut-task.js';
import type { TaskPlan } from './task-plan.js';

/** A stream whose tasks are all known. */
export interface PlannedStream extends TaskStream {
  readonly size: number;
  /** Refuses tasks that cannot be cut, before any is learned. */
  check(): Promise<void>;
}

/**
 * The stream of these tasks, one after the other, each made only when it is asked for.
 *
 * @throws LifelongError `config` when two tasks have one id, or one that JavaScript reserves
 */
export function streamOfPlans(name: string, plans: readonly TaskPlan[], options: CutOptions): PlannedStream {
  const check = idChecker('config');
  for (const { id } of plans) check(id, `stream ${name}`);
  let allotted: Promise<Share[][]> | undefined;
  const shares = () => (allotted ??= allot(plans));
  return {
    name,
    fingerprint: fingerprint(JSON.stringify([plans.map(describe), options])),
    taskFingerprints: plans.map((plan) => fingerprint(JSON.stringify([describe(plan), options]))),
    size: plans.length,
    notes: () => [...new Set(plans.map(({ data }) => data))].flatMap((data) => dataNotes(data).map((note) => `${data.name}: ${note}`)),
    async *tasks(from = 0): AsyncGenerator<Task> {
      for (let index = from; index < plans.length; index++) {
        yield await cutTask(plans[index] as TaskPlan, (await shares())[index] ?? [], index, options);
      }
    },
    async check() {
      await shares();
      for (const { changes, data } of plans) changes.reduce((shape, change) => change.shape(shape), data.inputShape);
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
