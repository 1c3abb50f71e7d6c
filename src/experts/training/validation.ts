import type { Split, TaskRef } from '../../core/task.js';
import { tf, type Tensor } from '../../nn/backend.js';
import { headLayout } from '../../nn/head.js';
import { accuracyOf, inferenceBatch, inferFeatures, inferLogits } from '../../nn/inference.js';
import type { Network } from '../../nn/network.js';
import type { StepCache } from '../../nn/step-cache.js';
import { normalize } from './batches.js';

/**
 * Accuracy of a network and head in training on these positions of a split, with running statistics; null where there are none.
 *
 * @param weights body and heads in one vector
 * @param uses how often one inference batch is planned to run: see {@link StepCache}
 * @param headAt where the task's head begins in the vector: right behind the body unless given
 */
export async function accuracyOn(
  split: Split,
  positions: Int32Array,
  task: TaskRef,
  network: Network,
  steps: StepCache,
  weights: Tensor,
  statistics: Tensor,
  uses: number,
  headAt = network.declaration.parameters.size,
): Promise<number | null> {
  if (positions.length === 0) return null;
  const classes = task.classes.length;
  const body = tf.slice(weights, [0], [network.declaration.parameters.size]);
  const head = tf.slice(weights, [headAt], [headLayout(network.featureSize, classes).size]);
  const block = 2 * inferenceBatch;
  let right = 0;
  try {
    const vector = head.dataSync<'float32'>();
    for (let start = 0; start < positions.length; start += block) {
      const { inputs, labels } = await split.read(positions.slice(start, start + block));
      const features = inferFeatures(network, steps, body, statistics, normalize(inputs, task.normalization), task.input.shape, uses);
      right += labels.length * accuracyOf(inferLogits(network, features, vector, classes), classes, labels);
    }
    return right / positions.length;
  } finally {
    tf.dispose([body, head]);
  }
}
