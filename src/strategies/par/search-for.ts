import { random } from '../../core/random.js';
import type { Task } from '../../core/task.js';
import { inferenceBatch } from '../../nn/inference.js';
import type { StepCache } from '../../nn/step-cache.js';
import { createSearch, type Search, type SearchProgress } from '../../search/search.js';
import { searchSpace } from '../../search/space.js';
import { epochBatches } from '../batches.js';
import { updateRule } from '../expert-training.js';
import type { LearnContext } from '../strategy.js';
import { accuracyOn } from '../validation.js';
import type { ParOptions } from './options.js';

/** The search for a task's architecture: its training data in two random halves, one to train paths on, one to judge them by. */
export function searchFor(task: Task, options: ParOptions, steps: StepCache, context: LearnContext, resumed?: SearchProgress): Search {
  const { seed, signal } = context;
  const purpose = ['task', task.index, 'search'];
  const order = random(seed, ...purpose, 'halves').permutation(task.train.size);
  const half = Math.max(1, order.length >> 1);
  const training = order.subarray(0, half);
  const judging = order.length > 1 ? order.subarray(half) : order;
  return createSearch(
    {
      space: searchSpace(task.inputShape),
      channels: options.channels,
      cells: options.cells,
      inputShape: task.inputShape,
      classes: task.classes.length,
      samples: options.samples,
      searchRate: options.searchRate,
      learningRate: options.learningRate,
      rule: { ...updateRule(options, task.train.size <= options.fewShot), clip: 5 },
      seed,
      purpose,
      steps,
      batchesPerEpoch: Math.floor(half / options.batchSize),
      async *batches(sample) {
        for await (const { indices, examples } of epochBatches(task, task.train, training, options.batchSize, seed, [...purpose, sample])) {
          yield { size: indices.length, x: { shape: [indices.length, ...task.inputShape], data: examples.inputs }, y: examples.labels };
        }
      },
      validate: (network, weights, statistics) =>
        accuracyOn(task.train, judging, task, network, steps, weights, statistics, Math.ceil(judging.length / inferenceBatch)),
      owner: `task ${task.id}`,
      signal,
    },
    resumed,
  );
}
