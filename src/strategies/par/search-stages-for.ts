import type { FrozenBackbone } from '../../core/frozen-backbone.js';
import { random } from '../../core/random.js';
import type { Split, Task } from '../../core/task.js';
import { labelsAt } from '../../data/array-split.js';
import { attached } from '../../experts/attached.js';
import { networkOf } from '../../experts/expert-kind.js';
import { backboneBase } from '../../experts/frozen-base.js';
import { attachedArchitecture } from '../../experts/attached-architecture.js';
import { aboveCut } from '../../experts/training/above-cut.js';
import { allPositions, epochBatches } from '../../experts/training/batches.js';
import { cutBatches } from '../../experts/training/cut-batches.js';
import { initialExpert, updateRule } from '../../experts/training/expert-training.js';
import { accuracyOn } from '../../experts/training/validation.js';
import { inferenceBatch } from '../../nn/inference.js';
import type { StepCache } from '../../nn/step-cache.js';
import type { SearchProgress } from '../../search/search.js';
import { createStageSearch, type StagesCandidate } from '../../search/stage-search.js';
import { probedHead } from '../shared/probed-head.js';
import type { LearnContext } from '../strategy.js';
import type { ArchitectureSearch } from './architecture-search.js';
import type { ParOptions } from './options.js';
import { searchPurpose } from './search-setting.js';

/**
 * The search for the stages of the backbone that a task's patch is on: its training data in two random halves, one to train on, one to judge by. What
 * is below the lowest patched stage is computed once for all samples that have the same. A controller runs over all of the stages: there is nothing to search for.
 */
export function searchStagesFor(
  task: Task,
  backbone: FrozenBackbone,
  options: ParOptions,
  steps: StepCache,
  { seed, signal, workers = 0, onNotice }: LearnContext,
  resumed?: SearchProgress,
): ArchitectureSearch {
  const { samples, searchRate, learningRate, batchSize, price, fewShot } = options;
  if (options.module === 'recurrent') return allStages(backbone, options);
  if (workers > 0) onNotice?.('workers have nothing to share out: a search for stages of a backbone trains its samples in this process');
  const purpose = searchPurpose(task);
  const order = random(seed, ...purpose, 'halves').permutation(task.train.size);
  const half = Math.max(1, order.length >> 1);
  const halves = {
    ...task,
    train: partOf(task.train, order.subarray(0, half)),
    validation: partOf(task.train, order.subarray(half % order.length)),
  };
  const uses = Math.ceil(halves.validation.size / inferenceBatch);
  const known = new Map<string, ReturnType<typeof aboveCut>>();
  const on = backboneBase(backbone);

  const patchedOn = async (stages: readonly string[]) => {
    const network = networkOf([attached], attachedArchitecture(backbone, { ...options, stages }), task.input, `task ${task.id}`, on);
    const lowest = stages[0] ?? '';
    const seen = await (known.get(lowest) ?? aboveCut({ task: halves, network, steps }));
    known.set(lowest, Promise.resolve(seen));
    return { task: seen.task, network: seen.task === halves ? network : (network.cut?.().above ?? network) };
  };
  const candidate = async (stages: readonly string[]): Promise<StagesCandidate> => {
    const { task: seen, network } = await patchedOn(stages);
    const { train, validation, input } = seen;
    const batches = async function* (sample: number) {
      const positions = allPositions(train.size);
      for await (const { indices, examples } of epochBatches(seen, train, positions, batchSize, seed, [...purpose, sample])) {
        yield { size: indices.length, x: { shape: [indices.length, ...input.shape], data: examples.inputs }, y: examples.labels };
      }
    };
    return {
      network,
      batches: (sample) => (network.padded ? cutBatches(batches(sample)) : batches(sample)),
      validate: (weights, statistics) =>
        accuracyOn(validation, allPositions(validation.size), seen, network, steps, weights, statistics, uses),
    };
  };
  const head = async () => {
    const unpatched = await patchedOn([]);
    return probedHead({ ...unpatched, steps }, initialExpert(unpatched.network, task, seed));
  };
  const search = createStageSearch(
    {
      ...{ samples, searchRate, learningRate, batchSize, price, purpose, seed, steps, signal, candidate, head },
      stages: attachedArchitecture(backbone, options).stages,
      classes: task.classes.length,
      rule: updateRule(options, task.train.size <= fewShot),
      batchesPerEpoch: Math.floor(half / batchSize),
      owner: `task ${task.id}`,
    },
    resumed,
  );
  return {
    ...search,
    close: () => known.clear(),
    architecture: () => attachedArchitecture(backbone, { ...options, stages: search.stages() }),
  };
}

const allStages = (backbone: FrozenBackbone, options: ParOptions): ArchitectureSearch => ({
  next: () => Promise.resolve(undefined),
  progress: () => ({ state: {}, arrays: {} }),
  close: () => undefined,
  architecture: () => attachedArchitecture(backbone, options),
});

/** These positions of a split. */
function partOf(split: Split, positions: Int32Array): Split {
  return {
    size: positions.length,
    labels: async () => labelsAt(await split.labels(), positions),
    read: (indices) => split.read(Int32Array.from(indices, (index) => positions[index] as number)),
  };
}
