import { LifelongError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { random } from '../core/random.js';
import type { Tensor } from '../nn/backend.js';
import { createFit, type Batch } from '../nn/fit.js';
import { headLayout } from '../nn/head.js';
import { layoutOf } from '../nn/layout.js';
import type { Network } from '../nn/network.js';
import type { UpdateRule } from '../nn/optimizer.js';
import type { StepCache } from '../nn/step-cache.js';
import { trainingDefinition } from '../nn/training-step.js';
import { createTable, sampleTable, updateTable, type SampledTable } from './sampler.js';
import { sampleRate, type SampleReport, type SearchProgress } from './search.js';
import { createSupernetWeights } from './supernet-weights.js';

/** A choice of stages as it is trained and judged. */
export interface StagesCandidate {
  readonly network: Network;
  /** One half of the task's training data in the order of sample `sample` (0-based). */
  batches(sample: number): AsyncIterable<Batch>;
  /** Accuracy on the other half; null where that has no examples. */
  validate(weights: Tensor, statistics: Tensor): Promise<number | null>;
}

/** What to search for and with what. */
export interface StageSearchJob {
  /** What may have a module attached, each of them or not. */
  readonly stages: readonly string[];
  candidate(stages: readonly string[]): Promise<StagesCandidate>;
  /** Where the head that all samples share begins: a flat vector as {@link headLayout} has it. */
  head(): Promise<Float32Array>;
  readonly classes: number;
  readonly samples: number;
  /** eta of the probability update. */
  readonly searchRate: number;
  /** Validation accuracy that a number of a module costs. */
  readonly price: number;
  readonly learningRate: number;
  readonly rule: UpdateRule;
  /** Examples of a full batch, and how many of those an epoch has. */
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  readonly steps: StepCache;
  readonly seed: number;
  /** Names this search's random draws. */
  readonly purpose: readonly (string | number)[];
  readonly owner: string;
  readonly signal?: AbortSignal | undefined;
}

export interface StageSearch {
  /** Trains and reports the next sample; undefined when all have been. */
  next(): Promise<SampleReport | undefined>;
  /** The stages that more likely have a module than not, in order; of equally likely choices that of the better last sample. */
  stages(): string[];
  progress(): SearchProgress;
}

/** A stage without a module, and one with it: the columns of the sampler's table. */
const choices = 2;

/**
 * Search by sampling for the stages of a backbone that a module is attached to: as for cells (PAR section 5), a sample draws a choice for every
 * stage, trains it for one epoch on one half of the training data and moves the probabilities by its accuracy on the other, less a price for its
 * numbers. Modules of one stage share their weights between samples, and so does the head.
 */
export function createStageSearch(job: StageSearchJob, resumed?: SearchProgress): StageSearch {
  const { seed, purpose, stages, classes, steps } = job;
  const weights = createSupernetWeights(seed, [...purpose, 'weights'], resumed?.arrays['weights']);
  const velocity = createSupernetWeights(seed, [...purpose, 'velocity'], resumed?.arrays['velocity']);
  let table = (resumed?.state['table'] as unknown as SampledTable | undefined) ?? createTable(stages.length, choices);
  let sample = Number(resumed?.state['sample'] ?? 0);
  const goesOn = job.rule.optimizer !== 'adamw'; // its moments begin anew in each sample
  const chosen = (row: readonly number[]) => stages.filter((_, stage) => row[stage] === 1);

  return {
    async next() {
      if (sample >= job.samples) return undefined;
      const row = sampleTable(table, random(seed, ...purpose, 'path', sample));
      const candidate = await job.candidate(chosen(row));
      const { network } = candidate;
      const { parameters } = network.declaration;
      if (sample === 0) weights.put([{ layout: headLayout(network.featureSize, classes), flat: await job.head() }]);
      const layout = layoutOf([...parameters.weights, ...headLayout(network.featureSize, classes).weights]);
      const still = layoutOf(layout.weights.map((spec) => ({ ...spec, initial: { value: 0 } })));
      const base = sampleRate(job, sample);
      const fit = createFit(
        {
          ...{ epochs: 1, patience: Infinity, constants: {}, rule: job.rule, signal: job.signal },
          schedule: { kind: 'constant', base, epochs: 1, min: 0, factor: 1, patience: 0 },
          initial: { weights: weights.take(layout), statistics: new Float32Array(0) },
          step: (size) => steps.get(trainingDefinition(network, [classes], job.rule), size === job.batchSize ? job.batchesPerEpoch : 1),
          batches: () => candidate.batches(sample),
          validate: (flat, statistics) => candidate.validate(flat, statistics),
          owner: `${job.owner}: sample ${sample + 1} of the search`,
        },
        goesOn ? { state: {}, arrays: { velocity: { shape: [still.size], data: velocity.take(still) } } } : undefined,
      );
      try {
        const report = await fit.next();
        if (!report) throw new LifelongError('config', `${job.owner}: a sample of the search has nothing to train on`);
        const { arrays } = fit.progress();
        const vector = (name: string) => arrays[name]?.data as Float32Array;
        weights.put([{ layout, flat: vector('weights') }]);
        if (goesOn) velocity.put([{ layout: still, flat: vector('velocity') }]);
        const accuracy = report.validationAccuracy ?? 0;
        const score = Math.max(0, accuracy - job.price * parameters.size); // 0: no better than what was never tried
        table = updateTable(table, row, Math.fround(score), job.searchRate);
        sample += 1;
        return { sample, accuracy, seconds: report.seconds };
      } finally {
        fit.dispose();
      }
    },
    stages: () => chosen(likeliest(table)),
    progress: () => ({
      state: { sample, table: table as unknown as JsonObject },
      arrays: { weights: weights.arrays(), velocity: velocity.arrays(), statistics: {} },
    }),
  };
}

/** The choice for each stage. */
function likeliest({ probabilities, scores }: SampledTable): number[] {
  return probabilities.map(([none = 0, attached = 0], stage) => {
    const [without = 0, having = 0] = scores[stage] ?? [];
    return attached > none || (attached === none && having >= without) ? 1 : 0;
  });
}
