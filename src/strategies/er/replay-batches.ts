import { random } from '../../core/random.js';
import type { Batch } from '../../nn/fit.js';
import { trainingBatches } from '../../experts/training/batches.js';
import { composeBatch } from '../shared/training-batches.js';
import type { TrainingContext } from '../shared/method.js';
import { drawRows, partsOf, type ReplayBuffer } from '../shared/replay-buffer.js';

/** The batches of an epoch (0-based), new examples first, then `count` kept ones. */
export async function* replayBatches(training: TrainingContext, buffer: ReplayBuffer, count: number, epoch: number): AsyncGenerator<Batch> {
  const { task, settings, seed, heads } = training;
  const source = random(seed, 'task', task.index, 'replay', epoch);
  for await (const { examples } of trainingBatches(task, settings.batchSize, seed, epoch)) {
    const own = { head: heads.length - 1, inputs: examples.inputs, labels: examples.labels };
    yield composeBatch(training, [own, ...partsOf(buffer, drawRows(buffer, count, source), training)]);
  }
}
