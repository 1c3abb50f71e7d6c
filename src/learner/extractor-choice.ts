import type { FeatureExtractor } from '../core/features.js';
import type { RunRecord } from '../core/run-record.js';
import type { Task } from '../core/task.js';
import { channelStatistics } from '../data/channel-statistics.js';
import { cachedFeatures, featureFolder } from '../features/cache.js';
import { loadExtractor } from '../features/registry.js';

/** The extractor of a run; where none was asked for, the inputs of the first task choose it. */
export interface ExtractorChoice {
  readonly features: (task: Task) => Promise<FeatureExtractor>;
  readonly dispose: () => void;
}

/** What a run keeps of its extractor. */
type KeptFeatures = RunRecord['features'];

/**
 * Loads the extractor that is asked for. Columns of vectors are standardized by what the run keeps, or, in a run that has learned nothing yet, by
 * the training examples of its first task: a column counts by how it varies, not by the unit it is in.
 *
 * @param kept as the run keeps it, for a run that goes on
 * @throws LifelongError `config` or `data` as {@link loadExtractor}
 */
export async function extractorChoice(
  requested: string | FeatureExtractor | undefined,
  onNotice?: (notice: string) => void,
  kept: KeptFeatures = { name: 'auto', sha256: null, size: null, normalization: null },
): Promise<ExtractorChoice> {
  const chosenByInputs = requested === undefined || requested === 'vector';
  const load = async (name: string) => remembering(await loadExtractor(name, { onNotice }), onNotice);
  let loaded = chosenByInputs ? undefined : typeof requested === 'string' ? await load(requested) : requested;
  const byInputs = async (task: Task): Promise<FeatureExtractor> => {
    if (requested === undefined && task.inputShape.length !== 1) return loadExtractor('pixels');
    const { normalization: known } = kept;
    return loadExtractor('vector', { normalization: kept.size === null && known === null ? await columnsOf(task) : (known ?? null) });
  };
  return {
    features: async (task) => (loaded ??= await byInputs(task)),
    dispose() {
      if (typeof requested !== 'object') loaded?.dispose();
    },
  };
}

/** Mean and deviation of each column over a task's training examples; images, which are refused for vectors, have none. */
const columnsOf = async ({ inputShape, train }: Task) => (inputShape.length === 1 ? channelStatistics(train) : null);

/** Features that weights were needed for are kept on disk for other runs and strategies; the rest is computed faster than read. */
function remembering(extractor: FeatureExtractor, onNotice: ((notice: string) => void) | undefined): FeatureExtractor {
  return extractor.sha256 === null ? extractor : cachedFeatures(extractor, featureFolder, onNotice);
}
