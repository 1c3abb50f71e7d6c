import { LifelongError } from '../core/errors.js';
import type { SearchSpace } from '../experts/space.js';
import { tf, type Tensor } from '../nn/backend.js';
import { createFit, type Batch, type FitVectors } from '../nn/fit.js';
import { headLayout } from '../nn/head.js';
import { convertVector, layoutOf, type Layout } from '../nn/layout.js';
import type { Network } from '../nn/network.js';
import type { UpdateRule } from '../nn/optimizer.js';
import type { StepCache } from '../nn/step-cache.js';
import type { Path, Supernet } from '../nn/supernet.js';
import { trainingDefinition } from '../nn/training-step.js';

/** What all candidates of a search have in common. */
export interface CandidateSetting {
  readonly space: SearchSpace;
  readonly supernet: Supernet;
  readonly classes: number;
  readonly rule: UpdateRule;
  readonly steps: StepCache;
  /** Candidates of the whole search. */
  readonly samples: number;
  /** Searches that a compiled super-network serves as far as is known, this one included; with 0, paths run one by one, operation by operation. */
  readonly searches: number;
  /** Examples of a full batch. */
  readonly batchSize: number;
  /** Full batches in one epoch over the training half. */
  readonly batchesPerEpoch: number;
  /** The training half of the task's training data in the order of sample `sample`. */
  batches(sample: number): AsyncIterable<Batch>;
  /** Accuracy on the other half; null where that has no examples. */
  validate(network: Network, weights: Tensor, statistics: Tensor): Promise<number | null>;
  readonly owner: string;
  readonly signal?: AbortSignal | undefined;
}

/** Flat vectors of a path: body and head in one, the velocities of their updates, running statistics. */
export interface CandidateVectors extends FitVectors {
  readonly velocity: Float32Array;
}

/** A path to train and where it starts: plain values, which can go to another process. */
export interface Candidate {
  /** 0-based. */
  readonly sample: number;
  readonly path: Path;
  readonly learningRate: number;
  readonly vectors: CandidateVectors;
}

/** What became of a candidate. */
export interface TrainedCandidate {
  readonly vectors: CandidateVectors;
  /** On the half that it was not trained on. */
  readonly accuracy: number;
  readonly seconds: number;
}

/** Where a path's weights, body and head, their velocities and its statistics lie in its flat vectors. */
export interface CandidateLayouts {
  readonly weights: Layout;
  readonly velocity: Layout;
  readonly statistics: Layout;
}

export function candidateLayouts({ supernet, classes }: Pick<CandidateSetting, 'supernet' | 'classes'>, path: Path): CandidateLayouts {
  const { parameters, statistics } = supernet.declaration;
  const head = headLayout(supernet.featureSize, classes);
  const weights = layoutOf([...supernet.used(parameters, path).weights, ...head.weights]);
  const velocity = layoutOf(weights.weights.map((spec) => ({ ...spec, initial: { value: 0 } })));
  return { weights, velocity, statistics: supernet.used(statistics, path) };
}

/**
 * Classes of the head that steps are made for: tasks of other class counts share them. What is beyond a task's own classes is taken out of the
 * cross-entropy by its offset.
 */
const headWidth = (classes: number) => 2 ** Math.ceil(Math.log2(Math.max(16, classes)));

/** Far below any logit. */
const absent = -1e9;

/**
 * Trains a path for one epoch on one half of the data and measures it on the other. The outcome follows from the arguments alone, to the last
 * bit, in whichever process with the same thread settings this runs.
 *
 * @throws LifelongError `diverged`, `interrupted`; `config` when there is nothing to train on
 */
export async function trainCandidate(
  setting: CandidateSetting,
  { sample, path, learningRate, vectors }: Candidate,
): Promise<TrainedCandidate> {
  const { supernet, classes, rule, steps, batchSize, batchesPerEpoch, owner, signal } = setting;
  const epochs = setting.searches * setting.samples;
  const network = supernet.along(path);
  const width = headWidth(classes);
  const own = candidateLayouts(setting, path);
  const { parameters, statistics } = supernet.declaration;
  const whole = { weights: layoutOf([...parameters.weights, ...headLayout(network.featureSize, width).weights]), statistics };
  const velocity = convertVector(own.weights, vectors.velocity, whole.weights);
  const fit = createFit(
    {
      epochs: 1,
      patience: Infinity,
      schedule: { kind: 'constant', base: learningRate, epochs: 1, min: 0, factor: 1, patience: 0 },
      initial: {
        weights: convertVector(own.weights, vectors.weights, whole.weights),
        statistics: convertVector(own.statistics, vectors.statistics, whole.statistics),
      },
      constants: { offsets: Float32Array.from({ length: width }, (_, c) => (c < classes ? 0 : absent)) },
      step: (size) => steps.get(trainingDefinition(network, [width], rule), epochs * (size === batchSize ? batchesPerEpoch : 1)),
      batches: () => setting.batches(sample),
      async validate(weights, statistics) {
        const compact = withHeadOf(weights, network, width, classes);
        try {
          return await setting.validate(network, compact, statistics);
        } finally {
          compact.dispose();
        }
      },
      signal,
      owner: `${owner}: sample ${sample + 1} of the search`,
    },
    { state: {}, arrays: { velocity: { shape: [velocity.length], data: velocity } } },
  );
  try {
    const report = await fit.next();
    if (!report) throw new LifelongError('config', `${owner}: a sample of the search has nothing to train on`);
    const { arrays } = fit.progress();
    const vector = (name: string, from: Layout, to: Layout) => convertVector(from, arrays[name]?.data as Float32Array, to);
    return {
      vectors: {
        weights: vector('weights', whole.weights, own.weights),
        velocity: vector('velocity', whole.weights, own.weights),
        statistics: vector('statistics', whole.statistics, own.statistics),
      },
      accuracy: report.validationAccuracy ?? 0,
      seconds: report.seconds,
    };
  } finally {
    fit.dispose();
  }
}

/** Body and head in one vector, the head of `width` classes cut down to the first `classes`. */
function withHeadOf(weights: Tensor, { featureSize, declaration }: Network, width: number, classes: number): Tensor {
  const { size } = declaration.parameters;
  return tf.tidy(() => {
    const kernel = tf.reshape(tf.slice(weights, [size], [featureSize * width]), [featureSize, width]);
    const cut = tf.reshape(tf.slice(kernel, [0, 0], [featureSize, classes]), [featureSize * classes]);
    return tf.concat([tf.slice(weights, [0], [size]), cut, tf.slice(weights, [size + featureSize * width], [classes])]);
  });
}
