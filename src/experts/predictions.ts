import { LifelongError } from '../core/errors.js';
import { dtypeOf, formatInput } from '../core/input.js';
import type { Predictions } from '../core/predictions.js';
import type { Examples } from '../core/task.js';
import { inferLogits } from '../nn/inference.js';
import type { StepCache } from '../nn/step-cache.js';
import { frozenExpert } from './frozen-expert.js';
import { expertOf, type LearnedTask, type Memory } from './memory.js';
import { normalize } from './training/batches.js';
import type { ExpertVectors } from './vectors.js';

/** Features of raw inputs through a learned task's expert, or through these vectors in place of the expert's own. */
export function featuresFor(
  memory: Memory,
  { ref, expert }: LearnedTask,
  steps: StepCache,
  { inputs, shape }: Examples,
  view?: ExpertVectors,
): Float32Array {
  const [expected, found] = [formatInput(ref.input), formatInput({ shape, dtype: dtypeOf(inputs) })];
  if (found !== expected) throw new LifelongError('data', `task ${ref.id}: inputs of shape ${expected} expected, found ${found}`);
  const { network, vectors } = expertOf(memory, { expert });
  return frozenExpert(network, steps, view ?? vectors, ref).features(normalize(inputs, ref.normalization));
}

/** Logits of a learned task's head for features. */
export function predictionsFrom(features: Float32Array, memory: Memory, task: LearnedTask): Predictions {
  const classes = task.ref.classes.length;
  const { network } = expertOf(memory, task);
  const logits = inferLogits(network, features, task.head, classes);
  if (network.members === undefined) return { classes, logits };
  return { classes, logits, members: inferLogits({ featureSize: network.featureSize }, features, task.head, classes) };
}
