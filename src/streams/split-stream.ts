import type { TaskStream } from '../core/stream.js';
import type { ClassName } from '../core/task.js';
import type { UserData } from '../data/array-dataset.js';
import type { Dataset } from '../data/dataset.js';
import { cutStream, type Cut, type CutStreamOptions } from './cut-stream.js';

export interface SplitOptions extends CutStreamOptions {
  /** Number of tasks, or the number of classes of each. */
  readonly tasks?: number | readonly number[];
  /** The classes of each task, instead of `tasks`. */
  readonly classes?: readonly (readonly ClassName[])[];
  /** Of the classes: as they are, random by the seed, or this list. */
  readonly order?: 'natural' | 'seed' | readonly ClassName[];
}

/**
 * Cuts data into tasks of different classes: {@link cutStream} for the most usual cut.
 *
 * @throws LifelongError `config` when there are more tasks than classes, or a class is unknown or listed twice
 * @example
 * splitStream({ inputShape: [8, 8, 1], train: { inputs, labels }, test: { inputs: testInputs, labels: testLabels } }, { tasks: 5 });
 */
export function splitStream(data: Dataset | UserData, options: SplitOptions): TaskStream {
  const { tasks, classes, order, ...rest } = options;
  return cutStream(data, { ...(tasks === undefined ? {} : { split: tasks }), order: classes ?? order ?? 'natural' } as Cut, rest);
}
