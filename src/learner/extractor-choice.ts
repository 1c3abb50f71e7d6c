import type { FeatureExtractor } from '../core/features.js';
import type { Task } from '../core/task.js';
import { cachedFeatures, featureFolder } from '../features/cache.js';
import { loadExtractor } from '../features/registry.js';

/** The extractor of a run; where none was asked for, the inputs of the first task choose it. */
export interface ExtractorChoice {
  readonly features: (task: Task) => Promise<FeatureExtractor>;
  readonly dispose: () => void;
}

/** Loads the extractor that is asked for. @throws LifelongError `config` or `data` as {@link loadExtractor} */
export async function extractorChoice(
  requested: string | FeatureExtractor | undefined,
  onNotice?: (notice: string) => void,
): Promise<ExtractorChoice> {
  let loaded = typeof requested === 'string' ? remembering(await loadExtractor(requested, { onNotice }), onNotice) : requested;
  return {
    features: async (task) => (loaded ??= await loadExtractor(task.inputShape.length === 1 ? 'vector' : 'pixels')),
    dispose() {
      if (typeof requested !== 'object') loaded?.dispose();
    },
  };
}

/** Features that weights were needed for are kept on disk for other runs and strategies; the rest is computed faster than read. */
function remembering(extractor: FeatureExtractor, onNotice: ((notice: string) => void) | undefined): FeatureExtractor {
  return extractor.sha256 === null ? extractor : cachedFeatures(extractor, featureFolder, onNotice);
}
