import { parseOptions } from '../options.js';
import { fixedArchitecture } from '../shared/fixed-architecture.js';
import type { Method } from '../shared/method.js';
import { sharedNetwork } from '../shared/network.js';
import { keepExamples, keptExamples, selectExamples } from '../shared/replay-buffer.js';
import type { Strategy } from '../strategy.js';
import { erOptionsSchema, type ErOptions } from './options.js';
import { replayBatches } from './replay-batches.js';

/**
 * Experience replay (Chaudhry et al., "On Tiny Episodic Memories in Continual Learning", 2019): some examples of every task are kept, and each
 * batch has kept ones beside the new, all with the same share in the loss. The memory is balanced over the classes seen.
 *
 * @see docs/strategies.md for the options; those left out have the published values
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * const strategy = er({ memory: 200 });
 */
export function er(options: Partial<ErOptions> = {}): Strategy {
  const settings = parseOptions('er', erOptionsSchema, options);
  return sharedNetwork('er', settings, fixedArchitecture(settings), erMethod(settings));
}

/** What experience replay has beside plain finetuning, whatever network it trains. */
export function erMethod({ batchSize, replayBatch = batchSize, memory }: ErOptions): Method {
  return {
    trainsOldHeads: true,
    plan(training) {
      const buffer = keptExamples(training.memory.kept);
      if (!buffer) return {};
      return {
        batchSize: batchSize + Math.min(replayBatch, buffer.labels.length),
        batches: (epoch) => replayBatches(training, buffer, replayBatch, epoch),
      };
    },
    keep: async (training) => keepExamples((await selectExamples(training, memory)).buffer),
  };
}
