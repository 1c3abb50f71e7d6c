import type { z } from 'zod';
import type { TaskStream } from '../core/stream.js';
import type { Augmentation, ClassName } from '../core/task.js';
import { arrayDataset, type UserData } from '../data/array-dataset.js';
import type { Dataset } from '../data/dataset.js';
import { limitsSchema, tasksSchema, type Normalize } from './manifest.js';
import { planTasks } from './plan-tasks.js';
import { checkSection } from './check-section.js';
import { streamOfPlans } from './stream-of-plans.js';

/** What {@link cutStream} and {@link splitStream} take besides the data. */
export interface CutStreamOptions {
  readonly name?: string;
  /** Rules which samples a task gets, and the order of classes where it is random. */
  readonly seed?: number;
  /** As in a manifest: `{ train: 2000, validation: '10%', test: 'all' }` for each task. */
  readonly limits?: z.input<typeof limitsSchema>;
  /** Of the whole training data by default. */
  readonly normalize?: Normalize;
  readonly augment?: readonly Augmentation[];
}

export interface SplitOptions extends CutStreamOptions {
  /** Number of tasks, or the number of classes of each. */
  readonly tasks?: number | readonly number[];
  /** The classes of each task, instead of `tasks`. */
  readonly classes?: readonly (readonly ClassName[])[];
  /** Of the classes: as they are, random by the seed, or this list. */
  readonly order?: 'natural' | 'seed' | readonly ClassName[];
}

/**
 * Cuts data into tasks of different classes.
 *
 * @throws LifelongError `config` when there are more tasks than classes, or a class is unknown or listed twice
 * @example
 * splitStream({ inputShape: [8, 8, 1], train: { inputs, labels }, test: { inputs: testInputs, labels: testLabels } }, { tasks: 5 });
 */
export function splitStream(data: Dataset | UserData, options: SplitOptions): TaskStream {
  const { tasks, classes, order, ...rest } = options;
  return cutStream(data, { ...(tasks === undefined ? {} : { split: tasks }), order: classes ?? order ?? 'natural' } as TasksInput, rest);
}

type TasksInput = z.input<typeof tasksSchema>;

/**
 * Cuts data into tasks in any of the ways that a manifest's `tasks` section knows but `sequence`.
 *
 * @throws LifelongError `config` when the section is not valid or does not fit the data
 * @example
 * cutStream(data, { permuted: 10 }, { limits: { train: 2000 } });
 */
export function cutStream(data: Dataset | UserData, tasks: TasksInput, options: CutStreamOptions = {}): TaskStream {
  const { name = 'split', seed = 0, normalize = 'dataset', augment = [] } = options;
  const dataset = 'fingerprint' in data ? data : arrayDataset(data, name);
  const limits = checkSection(limitsSchema, options.limits ?? {}, 'limits');
  const plans = planTasks(dataset, checkSection(tasksSchema, tasks, 'tasks'), limits, seed);
  return streamOfPlans(name, plans, { seed, normalize, augment });
}
