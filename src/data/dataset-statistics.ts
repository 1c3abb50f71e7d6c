import { random } from '../core/random.js';
import type { Normalization } from '../core/task.js';
import { channelStatistics } from './channel-statistics.js';
import type { Dataset } from './dataset.js';

const sampleSize = 1000;

/** Channel statistics of a data set's whole training part. Where every example is a file to decode, 1,000 of them stand for all. */
export function datasetStatistics(data: Dataset): Promise<Normalization> {
  return channelStatistics(data.train, positions(data));
}

function positions({ train, costly, fingerprint }: Dataset): Int32Array | undefined {
  if (costly !== true || train.size <= sampleSize) return undefined;
  return random(0, 'statistics', fingerprint).permutation(train.size).subarray(0, sampleSize).sort();
}
