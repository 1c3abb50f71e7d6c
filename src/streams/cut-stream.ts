import type { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import type { TaskStream } from '../core/stream.js';
import type { Augmentation } from '../core/task.js';
import { arrayDataset, type UserData } from '../data/array-dataset.js';
import type { Dataset } from '../data/dataset.js';
import { checkSection } from './check-section.js';
import { limitsSchema, tasksSchema, type Normalize } from './manifest.js';
import { planData } from './plan-data.js';
import { planTasks } from './plan-tasks.js';
import { streamOfPlans } from './stream-of-plans.js';

/**
 * How data are cut into tasks, as in a manifest's `tasks` section: one of `split`, `superclass`, `permuted`, `rotated` and `corrupted`, or an
 * `order` that lists the classes of each task; with `classes`, `repeat`, `labelNoise` and `orderSeed` where they are wanted.
 */
export type Cut = Omit<z.input<typeof tasksSchema>, 'sequence'>;

export interface CutStreamOptions {
  /** Of the stream and of its data: together with the seed it rules which samples a task gets. */
  readonly name?: string;
  /** Rules which samples a task gets, how pixels are permuted, and the order of classes where it is random. */
  readonly seed?: number;
  /** As in a manifest: `{ train: 2000, validation: '10%', test: 'all' }` for each task. */
  readonly limits?: z.input<typeof limitsSchema>;
  /** Of the whole training data by default. */
  readonly normalize?: Normalize;
  readonly augment?: readonly Augmentation[];
}

/**
 * Cuts data in memory into tasks, in any of the ways that a manifest knows for one data set. The tasks are those of a manifest with the same
 * seed whose data hold the same examples and have this name.
 *
 * @throws LifelongError `config` when the cut is not valid or does not fit the data; `data` when the data are not valid
 * @example
 * const train = { inputs: new Float32Array(40 * 64).fill(0.5), labels: Array.from({ length: 40 }, (_, i) => i % 2) };
 * const data = { inputShape: [8, 8, 1], train, test: train };
 * const permuted = cutStream(data, { permuted: 10 }, { seed: 1 });
 * const rotated = cutStream(data, { rotated: [0, 30, 60] }, { limits: { train: 16 } });
 */
export function cutStream(data: Dataset | UserData, cut: Cut, options: CutStreamOptions = {}): TaskStream {
  const { name = 'split', seed = 0, normalize = 'dataset', augment = [] } = options;
  const dataset = planData('fingerprint' in data ? data : arrayDataset(data, name));
  const limits = checkSection(limitsSchema, options.limits ?? {}, 'limits');
  const tasks = checkSection(tasksSchema, cut, 'tasks');
  if (tasks.sequence) throw new LifelongError('config', 'tasks: a cut of one data set expected, found sequence', 'write a manifest for it');
  return streamOfPlans(name, planTasks(dataset, tasks, limits, seed), { seed, normalize, augment });
}
