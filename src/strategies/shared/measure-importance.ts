import type { z } from 'zod';
import { LifelongError } from '../../core/errors.js';
import { random } from '../../core/random.js';
import { normalize } from '../../experts/training/batches.js';
import { tf, type Tensor } from '../../nn/backend.js';
import type { FitVectors } from '../../nn/fit.js';
import type { fisher as fisherOption } from './baseline-options.js';
import { importanceDefinition, type ImportanceKind } from './importance-step.js';
import { firstColumns } from './training-batches.js';
import type { TrainingContext } from './method.js';
import { trainedLogits } from './trained-logits.js';

/** Options of methods that measure the Fisher information. */
type FisherOptions = Readonly<{ importanceExamples: number; fisher: z.infer<typeof fisherOption> }>;

/** Examples that are read at once. */
const block = 128;

/**
 * Mean importance of every weight of `trained` for the training's task: over training examples one by one, not augmented, with running
 * statistics, which stay as they are.
 *
 * @param examples how many training examples, at most, drawn at random
 * @param labels `given` by the data, or `sampled` from the network's own probabilities (Kirkpatrick et al. 2017: the true Fisher information)
 * @throws LifelongError `interrupted` when the training's signal is aborted
 */
export async function measureImportance(
  training: TrainingContext,
  trained: FitVectors,
  kind: ImportanceKind,
  examples: number,
  labels: 'given' | 'sampled',
): Promise<Float32Array> {
  const { task, expert, heads, steps, seed, signal } = training;
  const { network } = expert;
  const positions = random(seed, 'task', task.index, 'importance').permutation(task.train.size).slice(0, examples);
  const drawn = random(seed, 'task', task.index, 'importance-labels');
  const step = steps.get(importanceDefinition(network, heads, kind), positions.length);
  const ownColumn = firstColumns(heads).at(-1) ?? 0;
  const [weights, statistics] = [tf.tensor1d(trained.weights), tf.tensor1d(trained.statistics)];
  let sum: Tensor = tf.zeros([trained.weights.length]);
  try {
    for (let start = 0; start < positions.length; start += block) {
      const read = await task.train.read(positions.slice(start, start + block));
      const inputs = normalize(read.inputs, task.normalization);
      const columns =
        labels === 'given' ? read.labels.map((label) => ownColumn + label) : sampleLabels(trainedLogits(training, trained, inputs), drawn);
      const length = inputs.length / read.labels.length;
      for (const [i, column] of columns.entries()) {
        if (signal?.aborted) throw new LifelongError('interrupted', `interrupted while measuring importance after task ${task.id}`);
        const x = tf.tensor(inputs.subarray(i * length, (i + 1) * length), [1, ...task.input.shape]);
        const y = tf.tensor1d([column], 'int32');
        const next = step.run({ weights, sum, x, y, ...(statistics.size > 0 && { statistics }) })['sum'] as Tensor;
        tf.dispose([x, y, sum]);
        sum = next;
      }
    }
    return sum.dataSync<'float32'>().map((value) => value / positions.length);
  } finally {
    tf.dispose([weights, statistics, sum]);
  }
}

/** Diagonal Fisher information of a task (see {@link measureImportance}) as the options of elastic weight consolidation have it. */
export function fisherInformation(
  training: TrainingContext,
  trained: FitVectors,
  { importanceExamples, fisher }: FisherOptions,
): Promise<Float32Array> {
  return measureImportance(training, trained, 'fisher', importanceExamples, fisher === 'sampled' ? 'sampled' : 'given');
}

/** One class for each row, drawn from its softmax. */
function sampleLabels({ classes, logits }: { classes: number; logits: Float32Array }, source: ReturnType<typeof random>): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const largest = scores.reduce((max, value) => Math.max(max, value), -Infinity);
    const powers = Array.from(scores, (value) => Math.exp(value - largest));
    let left = source.uniform() * powers.reduce((total, value) => total + value, 0);
    const drawn = powers.findIndex((power) => (left -= power) < 0);
    return drawn < 0 ? classes - 1 : drawn;
  });
}
