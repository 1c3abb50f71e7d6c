import { checkExtractor } from '../../core/check-extractor.js';
import { LifelongError } from '../../core/errors.js';
import type { FeatureExtractor } from '../../core/features.js';
import type { RecordedExtractor } from '../../core/run-record.js';
import { loadExtractor } from '../../features/registry.js';

/** The extractor that a strategy answers with: handed over while it learns; in a restored strategy loaded by its name when it is first needed. */
export class HeldExtractor {
  private held: FeatureExtractor | undefined;
  private loaded: Promise<FeatureExtractor> | undefined;

  /** Takes this one, which its owner disposes. */
  use(extractor: FeatureExtractor): void {
    this.held = extractor;
  }

  /** @throws LifelongError `data` or `config` where there is no such extractor */
  async get(ref: RecordedExtractor): Promise<FeatureExtractor> {
    const extractor = this.held ?? (await (this.loaded ??= this.load(ref)));
    checkExtractor(extractor, ref, asLearned);
    return extractor;
  }

  dispose(): void {
    void this.loaded?.then(
      (extractor) => extractor.dispose(),
      () => undefined,
    );
    this.loaded = undefined;
    this.held = undefined;
  }

  private async load({ name, normalization }: RecordedExtractor): Promise<FeatureExtractor> {
    return loadExtractor(name, { normalization }).catch((error: unknown) => {
      if (!(error instanceof LifelongError)) throw error;
      throw new LifelongError(
        error.code,
        error.message,
        `${error.hint ?? ''}; one that a program made is handed over again: openRun(run, { features: extractor })`.replace(/^; /, ''),
        { cause: error },
      );
    });
  }
}

/** What to do about another extractor than the one that was learned with. */
export const asLearned = 'give inputs of one domain, and the extractor that the run was made with';
