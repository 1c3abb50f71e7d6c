import { LifelongError } from '../core/errors.js';
import type { ByDomain, FeatureExtractor } from '../core/features.js';
import type { Input } from '../core/input.js';
import type { RunRecord } from '../core/run-record.js';
import type { Normalization, Reading, Task } from '../core/task.js';
import { textReading } from '../data/text/text-reading.js';
import { channelStatistics } from '../data/channel-statistics.js';
import { domainOf } from '../domains/registry.js';
import { cachedFeatures, featureFolder } from '../features/cache.js';
import { loadExtractor } from '../features/registry.js';

/** What extractors are asked for: one for all tasks, or one for each domain, by name or path or itself. */
export type FeatureRequest = ByDomain<string | FeatureExtractor>;

/** The extractors of a run. */
export interface ExtractorChoice {
  /** That of a task; where none was asked for, its domain's own. @throws LifelongError `config` where it does not take the task's inputs */
  readonly features: (task: Pick<Task, 'input' | 'train' | 'reading'>) => Promise<FeatureExtractor>;
  /** Refuses inputs that could not be measured. @throws LifelongError `config` */
  readonly check: (input: Input) => Promise<void>;
  readonly dispose: () => void;
}

/**
 * Loads the extractors that are asked for. Columns of vectors are standardized by what the run keeps, or, where it has learned no vectors yet, by the
 * training examples of its first task of them: a column counts by how it varies, not by the unit it is in.
 *
 * @param kept as the run keeps them, for a run that goes on
 * @throws LifelongError `config` or `data` as {@link loadExtractor}
 */
export async function extractorChoice(
  requested: FeatureRequest = {},
  onNotice?: (notice: string) => void,
  kept: Pick<RunRecord['features'], 'used' | 'standardize'> = { used: {}, standardize: true },
): Promise<ExtractorChoice> {
  const loaded = new Map<string, FeatureExtractor>();
  const load = async (name: string, normalization: Normalization | null = null): Promise<FeatureExtractor> => {
    const extractor = loaded.get(name) ?? remembering(await loadExtractor(name, { normalization, onNotice }), onNotice);
    loaded.set(name, extractor);
    return extractor;
  };
  const columnsOf = async ({ input, train }: Pick<Task, 'input' | 'train'>): Promise<Normalization | null> => {
    if (input.domain !== 'vector' || !kept.standardize) return null;
    return kept.used.vector ? kept.used.vector.normalization : channelStatistics(train);
  };
  const dispose = () => {
    for (const extractor of loaded.values()) extractor.dispose();
  };
  try {
    for (const wanted of isOne(requested) ? [requested] : Object.values(requested)) {
      if (typeof wanted === 'string' && wanted !== columns) await load(wanted); // a wrong name is to be found at once
    }
    const wantedFor = (input: Input) => (isOne(requested) ? requested : requested[input.domain]) ?? domainOf(input).features;
    return {
      async features(task) {
        const wanted = wantedFor(task.input);
        const known = typeof wanted === 'string' ? loaded.get(wanted) : wanted;
        const chosen = known ?? (await load(wanted as string, wanted === columns ? await columnsOf(task) : null));
        checkVocabulary(chosen, task.reading);
        chosen.size(task.input.shape); // refuses inputs that it cannot measure, before anything is learned
        return chosen;
      },
      async check(input) {
        const wanted = wantedFor(input);
        const chosen = wanted === columns ? await loadExtractor(columns) : typeof wanted === 'string' ? await load(wanted) : wanted;
        chosen.size(input.shape);
      },
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** @throws LifelongError `data` where a task's texts were cut by the vocabulary of another network */
function checkVocabulary({ name, tokens }: FeatureExtractor, reading: Reading | undefined): void {
  const vocabulary = textReading(reading)?.vocabulary;
  if (tokens === undefined || vocabulary === undefined || vocabulary.size === tokens) return;
  throw new LifelongError(
    'data',
    `features ${name}: a vocabulary of ${tokens} tokens expected, found one of ${vocabulary.size} (${vocabulary.path})`,
    'set data.tokenizer to the vocabulary that the weights were trained with',
  );
}

/** The extractor whose columns are standardized, and which waits for its first task for that. */
const columns = 'vector';

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
function remembering(extractor: FeatureExtractor, onNotice: ((notice: string) => void) | undefined): FeatureExtractor {
  return extractor.sha256 === null ? extractor : cachedFeatures(extractor, featureFolder, onNotice);
}
