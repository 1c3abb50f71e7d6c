import { LifelongError, nearestName } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { Normalization } from '../core/task.js';

export interface ExtractorOptions {
  /** What `vector` standardizes columns by: one for the whole stream. */
  readonly normalization?: Normalization | null;
}

/** What there is, by name. */
export const extractors: Readonly<Record<string, { readonly about: string; load(options: ExtractorOptions): Promise<FeatureExtractor> }>> =
  {
    pixels: {
      about: 'the image, made 14 x 14: 196 or 588 features, no weights',
      load: async () => (await import('./pixels.js')).pixels(),
    },
    vector: {
      about: 'the vector itself, for tables and embeddings',
      load: async ({ normalization = null }) => (await import('./vector.js')).vector(normalization),
    },
  };

/**
 * A frozen extractor by name.
 *
 * @throws LifelongError `config` for an unknown name, with the nearest one
 */
export async function loadExtractor(nameOrPath: string, options: ExtractorOptions = {}): Promise<FeatureExtractor> {
  const entry = Object.hasOwn(extractors, nameOrPath) ? extractors[nameOrPath] : undefined;
  if (entry) return entry.load(options);
  const nearest = nearestName(nameOrPath, Object.keys(extractors));
  throw new LifelongError(
    'config',
    `features: one of ${Object.keys(extractors).join(', ')} expected, found "${nameOrPath}"`,
    nearest === undefined ? undefined : `did you mean ${nearest}?`,
  );
}
