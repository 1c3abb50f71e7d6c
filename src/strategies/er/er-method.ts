import type { Method } from '../shared/method.js';
import { keepExamples, keptExamples, selectExamples } from '../shared/replay-buffer.js';
import type { ErOptions } from './options.js';
import { replayBatches } from './replay-batches.js';

/** What experience replay has beside plain finetuning, whatever network it trains. */
export function erMethod({ batchSize, replayBatch = batchSize, memory }: ErOptions): Method {
  return {
    trainsOldHeads: true,
    mixesTasks: true,
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
