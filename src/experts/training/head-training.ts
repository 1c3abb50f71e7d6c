import { random } from '../../core/random.js';
import { createFit, type Batch, type Fit, type FitJob, type FitProgress } from '../../nn/fit.js';
import { accuracyOf, inferLogits } from '../../nn/inference.js';
import { headDefinition } from '../../nn/steps.js';
import { frozenExpert } from '../frozen-expert.js';
import type { ExpertVectors } from '../vectors.js';
import { batchBounds, trainingBatches } from './batches.js';
import { fitSettings, type Training } from './expert-training.js';
import { gather } from './rows.js';

/**
 * Trains a new head on a frozen expert's features; they are computed once where the images do not change from epoch to epoch, so that an
 * epoch costs next to nothing.
 */
export async function headFit(
  training: Training,
  vectors: ExpertVectors,
  { head, startCounts }: { readonly head: Float32Array } & Pick<FitJob, 'startCounts'>,
  resumed?: FitProgress,
): Promise<Fit> {
  const { task, network, recipe, rule, seed, steps } = training;
  const { featureSize, members = 1 } = network;
  const size = members * featureSize;
  const classes = task.classes.length;
  const expert = frozenExpert(network, steps, vectors, task);
  const cached = task.augment.length > 0 ? null : await expert.featuresOf(task.train);
  const validation = { features: await expert.featuresOf(task.validation), labels: await task.validation.labels() };
  const labels = await task.train.labels();
  const step = headDefinition(featureSize, classes, rule, members);
  const full = Math.floor(task.train.size / recipe.batchSize);
  return createFit(
    {
      ...fitSettings(training),
      initial: { weights: head, statistics: new Float32Array(0) },
      ...(startCounts && { startCounts }),
      constants: {},
      step: (count) => steps.get(step, recipe.epochs * (count === recipe.batchSize ? full : 1)),
      async *batches(epoch) {
        if (cached) {
          yield* cachedBatches(cached, size, labels, recipe.batchSize, random(seed, 'task', task.index, 'train', epoch));
          return;
        }
        for await (const { indices, examples } of trainingBatches(task, recipe.batchSize, seed, epoch)) {
          yield { size: indices.length, x: { shape: [indices.length, size], data: expert.features(examples.inputs) }, y: examples.labels };
        }
      },
      validate: (weights) =>
        Promise.resolve(
          task.validation.size === 0
            ? null
            : accuracyOf(inferLogits(network, validation.features, weights.dataSync<'float32'>(), classes), classes, validation.labels),
        ),
    },
    resumed,
  );
}

function* cachedBatches(
  features: Float32Array,
  size: number,
  labels: Int32Array,
  batchSize: number,
  source: ReturnType<typeof random>,
): Generator<Batch> {
  const order = source.permutation(labels.length);
  const bounds = batchBounds(order.length, batchSize);
  for (let batch = 0; batch + 1 < bounds.length; batch++) {
    const rows = order.subarray(bounds[batch], bounds[batch + 1]);
    const y = Int32Array.from(rows, (row) => labels[row] ?? 0);
    yield { size: rows.length, x: { shape: [rows.length, size], data: gather(features, size, rows) }, y };
  }
}
