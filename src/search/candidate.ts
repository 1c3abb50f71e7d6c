import { LifelongError } from '../core/errors.js';
import type { Tensor } from '../nn/backend.js';
import { createFit, type Batch, type FitVectors } from '../nn/fit.js';
import { headLayout } from '../nn/head.js';
import { layoutOf, type Layout } from '../nn/layout.js';
import type { Network } from '../nn/network.js';
import type { UpdateRule } from '../nn/optimizer.js';
import type { StepCache } from '../nn/step-cache.js';
import { trainingDefinition } from '../nn/training-step.js';
import { pathNetwork, type Path } from '../nn/supernet.js';
import type { SearchSpace } from '../experts/space.js';

/** What all candidates of a search have in common. */
export interface CandidateSetting {
  readonly space: SearchSpace;
  readonly channels: number;
  readonly cells: number;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly rule: UpdateRule;
  readonly steps: StepCache;
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

/** A path as a network, and where its weights lie in the flat vectors. */
export interface CandidateNetwork {
  readonly network: Network;
  readonly weights: Layout;
  readonly velocity: Layout;
  readonly statistics: Layout;
}

export function candidateNetwork({ space, channels, cells, inputShape, classes }: CandidateSetting, path: Path): CandidateNetwork {
  const network = pathNetwork({ operations: space.operations, channels, cells, inputShape }, path);
  const weights = layoutOf([...network.declaration.parameters.weights, ...headLayout(network.featureSize, classes).weights]);
  const velocity = layoutOf(weights.weights.map((spec) => ({ ...spec, initial: { value: 0 } })));
  return { network, weights, velocity, statistics: network.declaration.statistics };
}

/**
 * Trains a path for one epoch on one half of the data and measures it on the other. The outcome follows from the arguments alone, to the last
 * bit, in whichever process with the same thread settings this runs.
 *
 * @throws LifelongError `diverged`, `interrupted`; `config` when there is nothing to train on
 */
export async function trainCandidate(
  setting: CandidateSetting,
  { sample, path, learningRate, vectors }: Candidate,
  { network } = candidateNetwork(setting, path),
): Promise<TrainedCandidate> {
  const { classes, rule, steps, batchSize, batchesPerEpoch, owner, signal } = setting;
  const fit = createFit(
    {
      epochs: 1,
      patience: Infinity,
      schedule: { kind: 'constant', base: learningRate, epochs: 1, min: 0, factor: 1, patience: 0 },
      initial: vectors,
      constants: {},
      step: (size) => steps.get(trainingDefinition(network, [classes], rule), size === batchSize ? batchesPerEpoch : 1),
      batches: () => setting.batches(sample),
      validate: (weights, statistics) => setting.validate(network, weights, statistics),
      signal,
      owner: `${owner}: sample ${sample + 1} of the search`,
    },
    { state: {}, arrays: { velocity: { shape: [vectors.velocity.length], data: vectors.velocity } } },
  );
  try {
    const report = await fit.next();
    if (!report) throw new LifelongError('config', `${owner}: a sample of the search has nothing to train on`);
    const { arrays } = fit.progress();
    const vector = (name: string) => arrays[name]?.data as Float32Array;
    return {
      vectors: { weights: vector('weights'), velocity: vector('velocity'), statistics: vector('statistics') },
      accuracy: report.validationAccuracy ?? 0,
      seconds: report.seconds,
    };
  } finally {
    fit.dispose();
  }
}
