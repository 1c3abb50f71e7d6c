import type { ByDomain, FeatureExtractor } from '../core/features.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskRef } from '../core/task.js';
import { domainOf } from '../domains/registry.js';
import { cachedFeatures, featureFolder } from '../features/cache.js';
import { loadExtractor } from '../features/registry.js';

/** What extractors are asked for: one for all tasks, or one for each domain, by name or path or itself. */
export type FeatureRequest = ByDomain<string | FeatureExtractor>;

/** The extractors of a run. */
export interface ExtractorChoice {
  /** That of a task; where none was asked for, its domain's own. @throws LifelongError `config` where it does not take the task's inputs */
  readonly features: (task: Pick<TaskRef, 'input'>) => Promise<FeatureExtractor>;
  readonly dispose: () => void;
}

/** Loads the extractors that are asked for. @throws LifelongError `config` or `data` as {@link loadExtractor} */
export async function extractorChoice(requested: FeatureRequest = {}): Promise<ExtractorChoice> {
  const loaded: FeatureExtractor[] = [];
  const dispose = () => {
    for (const extractor of loaded) extractor.dispose();
  };
  const load = async (wanted: string | FeatureExtractor): Promise<FeatureExtractor> => {
    if (typeof wanted !== 'string') return wanted;
    const extractor = remembering(await loadExtractor(wanted));
    loaded.push(extractor);
    return extractor;
  };
  try {
    const forAll = isOne(requested) ? await load(requested) : undefined;
    const byDomain = new Map<string, FeatureExtractor>();
    for (const [domain, wanted] of Object.entries(isOne(requested) ? {} : requested)) byDomain.set(domain, await load(wanted));
    return {
      async features({ input }) {
        const chosen = forAll ?? byDomain.get(input.domain) ?? (await load(domainOf(input).features));
        if (!forAll) byDomain.set(input.domain, chosen);
        chosen.size(input.shape); // refuses inputs that it cannot measure, before anything is learned
        return chosen;
      },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** What is asked for, as a run keeps it. */
export function askedFeatures(requested: FeatureRequest | undefined): ByDomain<string> {
  const nameOf = (wanted: string | FeatureExtractor) => (typeof wanted === 'string' ? wanted : wanted.name);
  if (requested === undefined) return 'auto';
  if (isOne(requested)) return nameOf(requested);
  return Object.fromEntries(Object.entries(requested).map(([domain, wanted]) => [domain, nameOf(wanted)]));
}

/** What a run that goes on asks for: the same again, and where nothing was asked for, what its tasks were measured with. */
export function askedAgain({ asked, used }: RunRecord['features']): FeatureRequest {
  return asked === 'auto' ? Object.fromEntries(Object.entries(used).map(([domain, { name }]) => [domain, name])) : asked;
}

const isOne = (requested: FeatureRequest): requested is string | FeatureExtractor =>
  typeof requested === 'string' || 'extract' in requested;

/** Features that weights were needed for are kept on disk for other runs and strategies; the rest is computed faster than read. */
function remembering(extractor: FeatureExtractor): FeatureExtractor {
  return extractor.sha256 === null ? extractor : cachedFeatures(extractor, featureFolder);
}
