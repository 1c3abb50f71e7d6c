import { LifelongError } from '../core/errors.js';
import type { Genotype } from '../core/genotype.js';
import type { JsonObject } from '../core/json.js';
import { random } from '../core/random.js';
import type { NamedArray } from '../core/snapshot.js';
import { createFit, type Batch, type FitVectors } from '../nn/fit.js';
import { headLayout } from '../nn/head.js';
import { layoutOf } from '../nn/layout.js';
import type { Network } from '../nn/network.js';
import type { UpdateRule } from '../nn/optimizer.js';
import type { StepCache } from '../nn/step-cache.js';
import { trainingStep } from '../nn/steps.js';
import { pathNetwork } from '../nn/supernet.js';
import type { Tensor } from '../nn/backend.js';
import { createSampler, genotypeOf, samplePath, updateProbabilities, type SamplerState } from './sampler.js';
import type { SearchSpace } from './space.js';
import { createSupernetWeights } from './supernet-weights.js';

/** What to search for and with what. */
export interface SearchJob {
  readonly space: SearchSpace;
  readonly channels: number;
  readonly cells: number;
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** Paths to sample, one epoch each. */
  readonly samples: number;
  /** eta of the probability update. */
  readonly searchRate: number;
  readonly learningRate: number;
  readonly rule: UpdateRule;
  readonly seed: number;
  /** Names this search's random draws. */
  readonly purpose: readonly (string | number)[];
  readonly steps: StepCache;
  /** Full batches in one epoch over the training half. */
  readonly batchesPerEpoch: number;
  /** The training half of the task's training data in the order of sample `sample`. */
  batches(sample: number): AsyncIterable<Batch>;
  /** Accuracy on the other half. */
  validate(network: Network, weights: Tensor, statistics: Tensor): Promise<number>;
  readonly owner: string;
  readonly signal?: AbortSignal | undefined;
}

/** What is reported of a sample; `sample` is 1-based. */
export interface SampleReport {
  readonly sample: number;
  readonly accuracy: number;
  readonly seconds: number;
}

/** A search under way, as it is kept in a checkpoint. */
export interface SearchProgress {
  readonly state: JsonObject;
  readonly arrays: Readonly<Record<string, Readonly<Record<string, NamedArray>>>>;
}

export interface Search {
  /** Samples and trains the next path; undefined when all have been. */
  next(): Promise<SampleReport | undefined>;
  genotype(): Genotype;
  progress(): SearchProgress;
}

/** Lowest learning rate of the search's cosine decay. */
const finalRate = 1e-5;

/**
 * Architecture search by sampling (PAR section 5): one sample draws an operation for every edge, trains that path of the weight-sharing
 * super-network for one epoch on one half of the training data, and moves the edge probabilities by its accuracy on the other half.
 */
export function createSearch(job: SearchJob, resumed?: SearchProgress): Search {
  const { seed, purpose, space } = job;
  const weights = createSupernetWeights(seed, [...purpose, 'weights'], resumed?.arrays['weights']);
  const velocity = createSupernetWeights(seed, [...purpose, 'velocity'], resumed?.arrays['velocity']);
  const statistics = createSupernetWeights(seed, [...purpose, 'statistics'], resumed?.arrays['statistics']);
  let sampler = (resumed?.state['sampler'] as unknown as SamplerState | undefined) ?? createSampler(space);
  let sample = Number(resumed?.state['sample'] ?? 0);

  return {
    async next() {
      if (sample >= job.samples) return undefined;
      const started = performance.now();
      const path = samplePath(sampler, random(seed, ...purpose, 'path', sample));
      const network = pathNetwork(
        { operations: space.operations, channels: job.channels, cells: job.cells, inputShape: job.inputShape },
        path,
      );
      const head = headLayout(network.featureSize, job.classes);
      const trained = layoutOf([...network.declaration.parameters.weights, ...head.weights]);
      const slots = layoutOf(trained.weights.map((spec) => ({ ...spec, initial: { value: 0 } })));
      const initial: FitVectors = { weights: weights.take(trained), statistics: statistics.take(network.declaration.statistics) };
      const fit = createFit(
        {
          epochs: 1,
          patience: Infinity,
          schedule: {
            kind: 'constant',
            base: sampleRate(job.learningRate, sample, job.samples),
            epochs: 1,
            min: 0,
            factor: 1,
            patience: 0,
          },
          initial,
          constants: {},
          step: () => job.steps.get(`train ${network.key}`, job.batchesPerEpoch, () => trainingStep(network, job.classes, job.rule)),
          batches: () => job.batches(sample),
          validate: (flat, running) => job.validate(network, flat, running),
          signal: job.signal,
          owner: `${job.owner}: sample ${sample + 1} of the search`,
        },
        { state: {}, arrays: { velocity: { shape: [trained.size], data: velocity.take(slots) } } },
      );
      try {
        const report = await fit.next();
        if (!report) throw new LifelongError('config', `${job.owner}: a sample of the search has nothing to train on`);
        const { arrays } = fit.progress();
        weights.put(trained, arrays['weights']?.data as Float32Array);
        velocity.put(slots, arrays['velocity']?.data as Float32Array);
        statistics.put(network.declaration.statistics, arrays['statistics']?.data as Float32Array);
        sampler = updateProbabilities(sampler, path, report.validationAccuracy, job.searchRate);
        sample += 1;
        return { sample, accuracy: report.validationAccuracy, seconds: (performance.now() - started) / 1000 };
      } finally {
        fit.dispose();
      }
    },
    genotype: () => genotypeOf(sampler, space),
    progress: () => ({
      state: { sample, sampler: sampler as unknown as JsonObject },
      arrays: { weights: weights.arrays(), velocity: velocity.arrays(), statistics: statistics.arrays() },
    }),
  };
}

/** Cosine decay over the samples from the training rate to 1e-5. */
function sampleRate(base: number, sample: number, samples: number): number {
  return finalRate + ((base - finalRate) * (1 + Math.cos((Math.PI * sample) / samples))) / 2;
}
