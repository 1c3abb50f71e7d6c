import type { Augmentation, Split, TaskRef } from '../../core/task.js';
import { cells as cellsKind } from '../../experts/cells.js';
import { epochBatches } from '../../experts/training/batches.js';
import { updateRule } from '../../experts/training/expert-training.js';
import { accuracyOn } from '../../experts/training/validation.js';
import { inferenceBatch } from '../../nn/inference.js';
import type { StepCache } from '../../nn/step-cache.js';
import { supernet, type Supernet } from '../../nn/supernet.js';
import type { CandidateSetting } from '../../search/candidate.js';
import type { ParOptions } from './options.js';

/** What a search is about besides the data: plain values. */
export interface SearchSubject {
  readonly task: TaskRef & { readonly augment: readonly Augmentation[] };
  readonly options: ParOptions;
  /** Training examples of the task. */
  readonly train: number;
  readonly seed: number;
  /** Searches that a compiled super-network serves: this one and those of tasks before; 0 where it does not fit into memory. */
  readonly searches: number;
}

/** One half of a task's training data: these positions of a split. */
export interface Half {
  readonly split: Split;
  readonly positions: Int32Array;
}

/** Names the random draws of the search for a task. */
export const searchPurpose = ({ index }: TaskRef): readonly (string | number)[] => ['task', index, 'search'];

/** What a task's paths are taken from. */
export function searchSupernet({ input }: Pick<TaskRef, 'input'>, { channels, cells }: ParOptions): Supernet {
  return supernet({ operations: cellsKind.space(input).operations, channels, cells, inputShape: input.shape });
}

/** How each path of a search is trained on one half of a task's training data, and judged by the other. */
export function searchSetting(
  { task, options, train, seed, searches }: SearchSubject,
  training: Half,
  judging: Half,
  steps: StepCache,
  signal?: AbortSignal,
): CandidateSetting {
  const { samples, batchSize, fewShot } = options;
  const { input, classes } = task;
  const inputShape = input.shape;
  const uses = searches * samples * Math.ceil(judging.positions.length / inferenceBatch);
  const space = cellsKind.space(input);
  return {
    ...{ space, steps, samples, searches, signal },
    supernet: searchSupernet(task, options),
    classes: classes.length,
    rule: { ...updateRule({ ...options, optimizer: 'sgd' }, train <= fewShot), clip: 5 },
    batchSize,
    batchesPerEpoch: Math.floor(training.positions.length / batchSize),
    async *batches(sample) {
      const purpose = [...searchPurpose(task), sample];
      for await (const { indices, examples } of epochBatches(task, training.split, training.positions, batchSize, seed, purpose)) {
        yield { size: indices.length, x: { shape: [indices.length, ...inputShape], data: examples.inputs }, y: examples.labels };
      }
    },
    validate: (network, weights, statistics) =>
      accuracyOn(judging.split, judging.positions, task, network, steps, weights, statistics, uses),
    owner: `task ${task.id}`,
  };
}
