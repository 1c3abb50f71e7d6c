import { LifelongError } from '../../core/errors.js';
import { random } from '../../core/random.js';
import type { Task } from '../../core/task.js';
import { allPositions, augmented, normalize } from '../../experts/training/batches.js';
import { initialExpert, initialHead } from '../../experts/training/expert-training.js';
import { concatenate } from '../../experts/training/rows.js';
import { accuracyOn } from '../../experts/training/validation.js';
import type { Tensor } from '../../nn/backend.js';
import type { Batch } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import { composeBatch, type BatchPart } from '../shared/training-batches.js';
import type { TrainingContext } from '../shared/method.js';
import { sharedNetwork } from '../shared/network.js';
import type { Strategy } from '../strategy.js';
import { jointOptionsSchema, type JointOptions } from './options.js';

/**
 * Trains one network anew on the data of all tasks so far whenever a task comes: what a method that never forgets could reach. It reads old
 * data again, so it is an upper bound and not a lifelong learner; to resume it, the stream has to give the earlier tasks too.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = joint({ epochs: 5 });
 */
export function joint(options: Partial<JointOptions> = {}): Strategy {
  const settings = parseOptions('joint', jointOptionsSchema, options);
  return sharedNetwork('joint', settings, fixedArchitecture(settings), {
    trainsOldHeads: true,
    mixesTasks: true,
    plan(training) {
      const tasks = [...training.earlier.map(({ ref }) => dataOf(training, ref.id)), training.task];
      return {
        start: startAnew(training, tasks),
        examples: tasks.reduce((sum, { train }) => sum + train.size, 0),
        batches: (epoch) => mixedBatches(training, tasks, epoch),
        validate: (weights, statistics) => meanAccuracy(training, tasks, weights, statistics),
      };
    },
  });
}

function dataOf({ task, known }: TrainingContext, id: string): Task {
  const found = known(id);
  if (found) return found;
  throw new LifelongError(
    'data',
    `joint learns task ${task.id} together with all tasks before it: the data of task ${id} expected, found none`,
    'give the stream with all its tasks, from the first one on',
  );
}

function startAnew({ expert: { network }, seed }: TrainingContext, tasks: readonly Task[]) {
  const [first] = tasks as [Task, ...Task[]];
  const { parameters, statistics } = initialExpert(network, first, seed);
  return { weights: concatenate(parameters, ...tasks.map((task) => initialHead(network, task, seed))), statistics };
}

/** One epoch over all tasks' training examples in one random order. */
async function* mixedBatches(training: TrainingContext, tasks: readonly Task[], epoch: number): AsyncGenerator<Batch> {
  const { seed, settings } = training;
  const purpose = ['task', training.task.index, 'train', epoch];
  const owner = tasks.flatMap(({ train }, head) => Array.from({ length: train.size }, (_, position) => ({ head, position })));
  const order = random(seed, ...purpose, 'shuffle').permutation(owner.length);
  const changes = random(seed, ...purpose, 'augment');
  for (let start = 0; start < order.length; start += settings.batchSize) {
    const members = Array.from(order.subarray(start, start + settings.batchSize), (i) => owner[i]);
    const parts: BatchPart[] = [];
    for (const [head, task] of tasks.entries()) {
      const positions = Int32Array.from(members.flatMap((member) => (member?.head === head ? [member.position] : [])));
      if (positions.length === 0) continue;
      const { inputs, labels } = augmented(task, await task.train.read(positions), changes);
      parts.push({ head, inputs: normalize(inputs, task.normalization), labels });
    }
    yield composeBatch(training, parts);
  }
}

/** Of the tasks that have validation samples; null where none has. */
async function meanAccuracy({ expert: { network }, steps }: TrainingContext, tasks: readonly Task[], weights: Tensor, statistics: Tensor) {
  let headAt = network.declaration.parameters.size;
  const accuracies: number[] = [];
  for (const task of tasks) {
    const { validation } = task;
    const accuracy = await accuracyOn(
      validation,
      allPositions(validation.size),
      task,
      network,
      steps,
      weights,
      statistics,
      Infinity,
      headAt,
    );
    if (accuracy !== null) accuracies.push(accuracy);
    headAt += headLayout(network.featureSize, task.classes.length).size;
  }
  return accuracies.length === 0 ? null : accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
}
