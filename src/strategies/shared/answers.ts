import { LifelongError } from '../../core/errors.js';
import type { Examples } from '../../core/task.js';
import { inferLogits } from '../../nn/inference.js';
import type { StepCache } from '../../nn/step-cache.js';
import { normalize } from '../training/batches.js';
import { frozenExpert, type ExpertVectors } from '../training/frozen-expert.js';
import type { Predictions } from '../strategy.js';
import { expertOf, type LearnedTask, type SharedMemory } from './memory.js';

/** Features of raw inputs through a learned task's network, or through these vectors in place of the network's own. */
export function featuresFor(
  memory: SharedMemory,
  task: LearnedTask,
  steps: StepCache,
  { inputs, shape }: Examples,
  view?: ExpertVectors,
): Float32Array {
  const { ref } = task;
  if (shape.join() !== ref.inputShape.join()) {
    throw new LifelongError('data', `task ${ref.id}: inputs of shape [${ref.inputShape.join()}] expected, found [${shape.join()}]`);
  }
  const expert = expertOf(memory, task);
  return frozenExpert(expert.network, steps, view ?? expert.vectors, ref).features(normalize(inputs, ref.normalization));
}

/** What a learned task's head answers to features. */
export function answersTo(features: Float32Array, memory: SharedMemory, task: LearnedTask): Predictions {
  const classes = task.ref.classes.length;
  return { classes, logits: inferLogits(features, expertOf(memory, task).network.featureSize, task.head, classes) };
}
