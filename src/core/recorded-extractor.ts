import type { FeatureExtractor } from './features.js';
import type { RecordedExtractor } from './run-record.js';

/** What is kept of an extractor of inputs of this shape. @throws LifelongError `config` where it does not take them */
export function recordedExtractor(extractor: FeatureExtractor, inputShape: readonly number[]): RecordedExtractor {
  const { name, sha256, normalization } = extractor;
  const { mean, std } = normalization ?? {};
  return { name, sha256, size: extractor.size(inputShape), normalization: mean && std ? { mean: [...mean], std: [...std] } : null };
}
