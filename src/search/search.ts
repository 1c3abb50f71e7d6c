import type { Genotype } from '../core/genotype.js';
import type { JsonObject } from '../core/json.js';
import { random } from '../core/random.js';
import type { NamedArray } from '../core/snapshot.js';
import type { Path } from '../nn/supernet.js';
import {
  candidateLayouts,
  trainCandidate,
  type Candidate,
  type CandidateLayouts,
  type CandidateSetting,
  type TrainedCandidate,
} from './candidate.js';
import { createSampler, genotypeOf, samplePath, updateProbabilities, type SamplerState } from './sampler.js';
import { createSupernetWeights } from './supernet-weights.js';
import type { Workers } from './workers.js';

/** What to search for and with what. */
export interface SearchJob extends CandidateSetting {
  /** Paths that are drawn from the same probabilities and start from the same super-network; 1 published. */
  readonly round: number;
  /** eta of the probability update. */
  readonly searchRate: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Names this search's random draws. */
  readonly purpose: readonly (string | number)[];
  /** Starts the processes that train the paths of a round beside each other; asked for before the first round. Without it, this process does. */
  readonly startWorkers?: (() => Promise<Workers>) | undefined;
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
  /** Reports the next sample, after training the round that it belongs to; undefined when all have been. */
  next(): Promise<SampleReport | undefined>;
  genotype(): Genotype;
  progress(): SearchProgress;
  /** Ends the processes that the search has started. */
  close(): void;
}

/** Lowest learning rate of the search's cosine decay. */
const finalRate = 1e-5;

/**
 * Architecture search by sampling (PAR section 5): one sample draws an operation for every edge, trains that path of the weight-sharing
 * super-network for one epoch on one half of the training data, and moves the edge probabilities by its accuracy on the other half.
 *
 * In rounds of several samples, the paths of a round do not wait for each other: what more than one of them trained becomes the mean of theirs, and
 * the probabilities are moved by one after the other, in order of samples. Where they are trained changes nothing. An error leaves the
 * search as it was before the round.
 */
export function createSearch(job: SearchJob, resumed?: SearchProgress): Search {
  const { seed, purpose, space } = job;
  const weights = createSupernetWeights(seed, [...purpose, 'weights'], resumed?.arrays['weights']);
  const velocity = createSupernetWeights(seed, [...purpose, 'velocity'], resumed?.arrays['velocity']);
  const statistics = createSupernetWeights(seed, [...purpose, 'statistics'], resumed?.arrays['statistics']);
  let sampler = (resumed?.state['sampler'] as unknown as SamplerState | undefined) ?? createSampler(space);
  let sample = Number(resumed?.state['sample'] ?? 0);
  /** Of the last round; a run may be stopped between two of them. */
  const unreported = [...((resumed?.state['unreported'] as unknown as readonly SampleReport[] | undefined) ?? [])];
  let workers: Workers | undefined;

  const trainRound = async () => {
    const round = Array.from({ length: Math.min(job.round, job.samples - sample) }, (_, i) => {
      const path = samplePath(sampler, random(seed, ...purpose, 'path', sample + i));
      const layouts = candidateLayouts(job, path);
      const vectors = {
        weights: weights.take(layouts.weights),
        velocity: velocity.take(layouts.velocity),
        statistics: statistics.take(layouts.statistics),
      };
      const candidate: Candidate = { sample: sample + i, path, learningRate: sampleRate(job, sample + i), vectors };
      return { layouts, candidate };
    });
    workers ??= await job.startWorkers?.();
    const elsewhere = (await workers?.train(round.map(({ candidate }) => candidate))) ?? [];
    const trained: (TrainedCandidate & { readonly layouts: CandidateLayouts; readonly path: Path })[] = [];
    for (const [i, { layouts, candidate }] of round.entries()) {
      trained.push({ layouts, path: candidate.path, ...(elsewhere[i] ?? (await trainCandidate(job, candidate))) });
    }
    weights.put(trained.map(({ layouts, vectors }) => ({ layout: layouts.weights, flat: vectors.weights })));
    velocity.put(trained.map(({ layouts, vectors }) => ({ layout: layouts.velocity, flat: vectors.velocity })));
    statistics.put(trained.map(({ layouts, vectors }) => ({ layout: layouts.statistics, flat: vectors.statistics })));
    for (const { path, accuracy, seconds } of trained) {
      sampler = updateProbabilities(sampler, path, accuracy, job.searchRate);
      sample += 1;
      unreported.push({ sample, accuracy, seconds });
    }
  };

  return {
    async next() {
      if (unreported.length === 0 && sample < job.samples) await trainRound();
      return unreported.shift();
    },
    genotype: () => genotypeOf(sampler, space),
    progress: () => ({
      state: {
        ...{ sample, sampler: sampler as unknown as JsonObject },
        ...(unreported.length > 0 && { unreported: unreported.map((report) => ({ ...report })) }),
      },
      arrays: { weights: weights.arrays(), velocity: velocity.arrays(), statistics: statistics.arrays() },
    }),
    close() {
      workers?.close();
      workers = undefined;
    },
  };
}

/** Cosine decay over the samples from the training rate to 1e-5. */
export function sampleRate({ learningRate, samples }: Pick<SearchJob, 'learningRate' | 'samples'>, sample: number): number {
  return finalRate + ((learningRate - finalRate) * (1 + Math.cos((Math.PI * sample) / samples))) / 2;
}
