import { LifelongError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { NamedArray } from '../core/snapshot.js';
import { tf, type Tensor } from './backend.js';
import type { Step } from './compile/compile.js';
import { optimizerStateSize, type UpdateRule } from './optimizer.js';
import { createSchedule, type ScheduleOptions } from './schedule.js';

/** One batch as typed arrays: inputs `[n, ...shape]` as the network sees them, labels `[n]`, further named inputs of the step. */
export interface Batch {
  readonly size: number;
  readonly x: NamedArray;
  readonly y: Int32Array;
  readonly more?: Readonly<Record<string, NamedArray>>;
}

/** Flat vectors of a network in training; `statistics` is empty where there is no batch norm. */
export interface FitVectors {
  readonly weights: Float32Array;
  readonly statistics: Float32Array;
  /** Further vectors by name that a step reads and replaces, such as the path integral of synaptic intelligence. */
  readonly carried?: Readonly<Record<string, Float32Array>>;
}

/** What to train, on what and how long. */
export interface FitJob {
  readonly epochs: number;
  readonly schedule: ScheduleOptions;
  /** Epochs without a better validation accuracy after which training stops, 0 as 1; Infinity never. */
  readonly patience: number;
  readonly initial: FitVectors;
  /** How the step updates weights; SGD where nothing is said. */
  readonly rule?: Pick<UpdateRule, 'optimizer'>;
  /** Whether the start is judged too, and remains the best where no epoch is better. */
  readonly startCounts?: boolean;
  /** Inputs of the step that do not change, such as old heads. */
  readonly constants: Readonly<Record<string, Float32Array>>;
  /** The step for a batch of this size. */
  step(batchSize: number): Step;
  /** The batches of an epoch (0-based). */
  batches(epoch: number): AsyncIterable<Batch>;
  /** Validation accuracy of these vectors; null where there is nothing to validate on: then the last epoch is the best, and patience never ends. */
  validate(weights: Tensor, statistics: Tensor): Promise<number | null>;
  /** Where a diverged training says it happened. */
  readonly owner: string;
  readonly signal?: AbortSignal | undefined;
}

/** What is reported of an epoch; `epoch` is 1-based. */
export interface EpochReport {
  readonly epoch: number;
  readonly loss: number;
  /** Null where there is nothing to validate on. */
  readonly validationAccuracy: number | null;
  readonly learningRate: number;
  readonly seconds: number;
}

/** A training under way, as it is kept in a checkpoint. */
export interface FitProgress {
  readonly state: JsonObject;
  readonly arrays: Readonly<Record<string, NamedArray>>;
}

interface Vectors {
  weights: Tensor;
  velocity: Tensor;
  statistics: Tensor;
  carried: Record<string, Tensor>;
}

/**
 * Training epoch by epoch, keeping the vectors with the best validation accuracy. All state lives on TensorFlow's
 * side between steps; it is read back only for a checkpoint and at the end.
 */
export interface Fit {
  /** Trains the next epoch; undefined when training is over. */
  next(): Promise<EpochReport | undefined>;
  /** Epochs trained so far. */
  readonly epochs: number;
  /** The vectors with the best validation accuracy. */
  best(): FitVectors;
  progress(): FitProgress;
  dispose(): void;
}

/**
 * @throws LifelongError from `next`: `diverged` when the loss is no longer a number, `interrupted` when the job's signal is aborted. Both leave
 * the fit as it was after the last whole epoch.
 */
export function createFit(job: FitJob, resumed?: FitProgress): Fit {
  const vector = (data: Float32Array): Tensor => tf.tensor1d(data);
  const restored = (name: string, otherwise: Float32Array) => {
    const data = (resumed?.arrays[name]?.data as Float32Array | undefined) ?? otherwise;
    if (data.length === otherwise.length) return vector(data);
    throw new LifelongError('run-corrupt', `${job.owner}: ${name} of ${otherwise.length} numbers expected, found ${data.length}`);
  };
  const current: Vectors = {
    weights: restored('weights', job.initial.weights),
    velocity: restored('velocity', new Float32Array(optimizerStateSize(job.rule ?? {}, job.initial.weights.length))),
    statistics: restored('statistics', job.initial.statistics),
    carried: mapValues(job.initial.carried ?? {}, (data, name) => restored(`carried.${name}`, data)),
  };
  const best = {
    weights: restored('bestWeights', job.initial.weights),
    statistics: restored('bestStatistics', job.initial.statistics),
    carried: mapValues(job.initial.carried ?? {}, (data, name) => restored(`bestCarried.${name}`, data)),
  };
  const constants = Object.fromEntries(Object.entries(job.constants).map(([name, data]) => [name, vector(data)]));
  const schedule = createSchedule(job.schedule, resumed?.state['schedule'] as JsonObject | undefined);
  let epochs = Number(resumed?.state['epochs'] ?? 0);
  let bestAccuracy = Number(resumed?.state['bestAccuracy'] ?? -1);
  let sinceBest = Number(resumed?.state['sinceBest'] ?? 0);

  const trainEpoch = async (learningRate: number): Promise<number> => {
    const rate = tf.scalar(learningRate);
    const losses: { size: number; loss: Tensor }[] = [];
    try {
      for await (const batch of job.batches(epochs)) {
        if (job.signal?.aborted)
          throw new LifelongError('interrupted', `${job.owner}: interrupted in epoch ${epochs + 1} of ${job.epochs}`);
        losses.push({ size: batch.size, loss: trainBatch(job, current, constants, batch, rate) });
      }
      const values = losses.map(({ size, loss }) => size * (loss.dataSync()[0] ?? NaN));
      return values.reduce((sum, value) => sum + value, 0) / losses.reduce((sum, { size }) => sum + size, 0);
    } finally {
      tf.dispose([rate, ...losses.map(({ loss }) => loss)]);
    }
  };

  return {
    async next() {
      if (epochs >= job.epochs || sinceBest >= Math.max(1, job.patience)) return undefined;
      const started = performance.now();
      if (job.startCounts && epochs === 0) bestAccuracy = (await job.validate(current.weights, current.statistics)) ?? bestAccuracy;
      const learningRate = schedule.rate();
      const before = cloneVectors(current);
      let whole = false;
      try {
        const loss = await trainEpoch(learningRate);
        if (!Number.isFinite(loss)) throw diverged(job, epochs, learningRate, loss);
        const validationAccuracy = await job.validate(current.weights, current.statistics);
        whole = true;
        epochs += 1;
        sinceBest += 1;
        if (validationAccuracy === null || validationAccuracy > bestAccuracy) {
          tf.dispose(Object.values(best));
          best.weights = current.weights.clone();
          best.statistics = current.statistics.clone();
          best.carried = cloneAll(current.carried);
          [bestAccuracy, sinceBest] = [validationAccuracy ?? bestAccuracy, 0];
        }
        schedule.advance(validationAccuracy);
        return { epoch: epochs, loss, validationAccuracy, learningRate, seconds: (performance.now() - started) / 1000 };
      } finally {
        tf.dispose(Object.values(whole ? before : current));
        if (!whole) Object.assign(current, before);
      }
    },
    get epochs() {
      return epochs;
    },
    best: () => ({ weights: read(best.weights), statistics: read(best.statistics), carried: mapValues(best.carried, read) }),
    progress() {
      const { weights, velocity, statistics } = current;
      const tensors = {
        ...{ weights, velocity, statistics, bestWeights: best.weights, bestStatistics: best.statistics },
        ...Object.fromEntries(Object.entries(current.carried).map(([name, tensor]) => [`carried.${name}`, tensor])),
        ...Object.fromEntries(Object.entries(best.carried).map(([name, tensor]) => [`bestCarried.${name}`, tensor])),
      };
      return {
        state: { epochs, bestAccuracy, sinceBest, schedule: schedule.state() },
        arrays: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, { shape: tensor.shape, data: read(tensor) }])),
      };
    },
    dispose() {
      tf.dispose({ ...current, best, constants });
    },
  };
}

function diverged({ owner, epochs }: FitJob, trained: number, learningRate: number, loss: number): LifelongError {
  return new LifelongError(
    'diverged',
    `${owner}: training diverged: the loss became ${loss} in epoch ${trained + 1} of ${epochs} at learning rate ${learningRate}`,
    'the tasks before are intact; start a new run with a smaller learningRate or clip, or check the data for extreme values',
  );
}

function cloneVectors({ weights, velocity, statistics, carried }: Vectors): Vectors {
  return { weights: weights.clone(), velocity: velocity.clone(), statistics: statistics.clone(), carried: cloneAll(carried) };
}

const cloneAll = (tensors: Readonly<Record<string, Tensor>>) => mapValues(tensors, (tensor) => tensor.clone());

function mapValues<From, To>(record: Readonly<Record<string, From>>, change: (value: From, name: string) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));
}

const read = (tensor: Tensor) => tensor.dataSync<'float32'>().slice();

/** One step: replaces the vectors, returns the loss as a scalar still on TensorFlow's side. */
function trainBatch(job: FitJob, vectors: Vectors, constants: Record<string, Tensor>, batch: Batch, learningRate: Tensor): Tensor {
  const x = tf.tensor(batch.x.data, [...batch.x.shape]);
  const y = tf.tensor1d(batch.y, 'int32');
  const more = Object.fromEntries(Object.entries(batch.more ?? {}).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]));
  const { weights, velocity, statistics, carried } = vectors;
  const outputs = job
    .step(batch.size)
    .run({ weights, velocity, ...(statistics.size > 0 && { statistics }), ...carried, ...constants, x, y, learningRate, ...more });
  tf.dispose([x, y, more, weights, velocity]);
  vectors.weights = outputs['weights'] as Tensor;
  vectors.velocity = outputs['velocity'] as Tensor;
  if (outputs['statistics']) {
    statistics.dispose();
    vectors.statistics = outputs['statistics'];
  }
  tf.dispose(carried);
  vectors.carried = mapValues(carried, (_, name) => outputs[name] as Tensor);
  outputs['gradientNorm']?.dispose();
  return outputs['loss'] as Tensor;
}
