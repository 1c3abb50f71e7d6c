import { concatMap, from as observe, isObservable, type Observable } from 'rxjs';
import { LifelongError } from '../core/errors.js';
import type { TaskStream } from '../core/stream.js';
import { idChecker } from '../core/task-ids.js';
import type { Augmentation, Task } from '../core/task.js';
import { arrayDataset, type UserData } from '../data/array-dataset.js';
import { dataNotes } from '../data/data-notes.js';
import { fingerprint } from '../data/fingerprint.js';
import { domainOf } from '../domains/registry.js';
import { allot, learnsWithoutValidation } from './allot.js';
import { checkAugmented } from './check-augmented.js';
import { checkSection } from './check-section.js';
import { cutTask } from './cut-task.js';
import { limitsSchema, type Normalize } from './manifest.js';
import { planData } from './plan-data.js';
import { planInput } from './plan-input.js';
import { nameOf } from './plan-tasks.js';
import { withoutValidation } from './stream-of-plans.js';

/** A task as a user has it: arrays and labels. */
export interface UserTask extends UserData {
  /** Its position in the stream by default; 1 and "1" are the same id. */
  readonly id?: string | number;
  /** For people; the classes by default. */
  readonly name?: string;
}

/** Where user tasks come from: all at once, made on demand, or pushed as they happen. */
export type UserTasks = Iterable<UserTask> | AsyncIterable<UserTask> | Observable<UserTask>;

export interface ArrayStreamOptions {
  readonly name?: string;
  /** Rules which training samples are held out for validation. */
  readonly seed?: number;
  /** Held out of each class's training samples where a task brings no validation part: `'10%'`, or samples for the whole task; 0 learns without validation. */
  readonly validation?: `${number}%` | number;
  /** Of each task's own training samples by default. */
  readonly normalize?: Exclude<Normalize, 'dataset'>;
  /** Of images; other inputs stay as they are. */
  readonly augment?: readonly Augmentation[];
  /** Index of the first task that the source gives, when it goes on where an earlier process stopped; 0 by default. */
  readonly first?: number;
}

/**
 * A stream of tasks that are just arrays.
 *
 * An iterable is pulled: it is asked for a task only when the learner wants one, so a generator may wait for data, and need not end. An
 * Observable pushes; what it emits waits in memory until its turn.
 *
 * @throws LifelongError `config` for a `validation` that is neither a number nor a share; `data` (when a task's turn comes; for an array of tasks at once) for lengths that do not fit, values that are
 * not finite, unknown labels, a class without validation samples, or an id that was there before
 * @example
 * const stream = arrayStream([{ train: { inputs: [[0, 1], [1, 0]], labels: ['a', 'b'] }, test: … }]);
 */
export function arrayStream(tasks: UserTasks, options: ArrayStreamOptions = {}): TaskStream {
  const { name = 'tasks', seed = 0, validation = '10%', normalize = 'task', augment = [], first = 0 } = options;
  const limits = checkSection(limitsSchema, { validation }, 'arrayStream');
  const notes = new Set<string>(learnsWithoutValidation(limits) ? [withoutValidation] : []);
  const cut = async (task: UserTask, index: number): Promise<Task> => {
    const id = idOf(task, index);
    const dataset = arrayDataset(task, `task "${id}"`);
    for (const note of dataNotes(dataset)) notes.add(note);
    const data = planData(dataset);
    const classes = data.classes.map((_, c) => c);
    const plan = { id, name: task.name ?? nameOf(data.classes), data, classes, changes: [], labelNoise: 0, limits };
    const { augment: augmented, inputs } = domainOf(planInput(plan));
    if (augment.length > 0 && !augmented) notes.add(`augment changes no ${inputs}: they stay as they are`);
    const [shares = []] = await allot([plan]);
    return cutTask(plan, shares, index, { seed, normalize, augment });
  };
  if (Array.isArray(tasks)) {
    const inputs = (tasks as readonly UserTask[]).map((task, i) => {
      const id = idOf(task, first + i);
      return planInput({ id, changes: [], data: arrayDataset(task, `task "${id}"`) });
    });
    checkAugmented(augment, inputs);
  }
  return {
    name,
    fingerprint: fingerprint(JSON.stringify([name, seed, validation, normalize, augment])),
    notes: () => [...notes],
    size: Array.isArray(tasks) ? first + tasks.length : undefined,
    tasks(from = 0) {
      const place = placing(first);
      if (!isObservable(tasks)) return pull(tasks, place, from, cut);
      return tasks.pipe(
        concatMap((task) => {
          const index = place(task);
          return index < from ? [] : observe(cut(task, index));
        }),
      );
    },
  };
}

async function* pull(
  tasks: Iterable<UserTask> | AsyncIterable<UserTask>,
  place: (task: UserTask) => number,
  from: number,
  cut: (task: UserTask, index: number) => Promise<Task>,
): AsyncGenerator<Task> {
  for await (const task of tasks) {
    const index = place(task);
    if (index >= from) yield await cut(task, index);
  }
}

/** Gives each task its index, and refuses an id that was there before. */
function placing(first: number): (task: UserTask) => number {
  const check = idChecker('data');
  let index = first;
  return (task) => {
    check(idOf(task, index), `task ${index}`);
    return index++;
  };
}

function idOf({ id }: UserTask, index: number): string {
  if (typeof id !== 'number' || Number.isInteger(id)) return String(id ?? index);
  throw new LifelongError('data', `task ${index}: an integer or a string expected as id, found ${id}`);
}
