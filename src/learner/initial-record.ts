import { LifelongError } from '../core/errors.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import type { Strategy } from '../strategies/strategy.js';
import { emptyRecord } from './empty-record.js';
import { askedFeatures } from './extractor-choice.js';
import type { LearnOptions } from './learn-options.js';
import { describeStream, rememberedSource } from './stream-source.js';
import { trackingEvery } from './track.js';

/** The record of a run that begins. @throws LifelongError `usage` for an option that is out of range */
export async function initialRecord(stream: TaskStream, strategy: Strategy, options: LearnOptions): Promise<RunRecord> {
  const { run, seed = stream.seed ?? 0, tasks: limit = null, features = stream.features, evalEvery = 0 } = options;
  if (!Number.isSafeInteger(evalEvery) || evalEvery < 0) {
    throw new LifelongError('usage', `evalEvery: a whole number of epochs, 0 or more, expected, found ${evalEvery}`);
  }
  const tracking = trackingEvery(evalEvery);
  const { source } = stream;
  const record = emptyRecord({
    stream: {
      ...describeStream(stream),
      source: source !== undefined && run !== undefined ? await rememberedSource(source, run) : null,
    },
    strategy: { name: strategy.name, options: strategy.options as RunRecord['strategy']['options'] },
    seed,
    limit,
    features: { asked: askedFeatures(features), used: {}, standardize: true },
  });
  return { ...record, ...(tracking && { tracking }) };
}
