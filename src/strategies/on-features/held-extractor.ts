import { LifelongError } from '../../core/errors.js';
import type { FeatureExtractor } from '../../core/features.js';
import { loadExtractor } from '../../features/registry.js';

/** The extractor that a strategy was learned with, as its state names it. */
export interface ExtractorRef {
  readonly name: string;
  readonly sha256: string | null;
  /** Length D of a feature vector. */
  readonly size: number;
}

/** The extractor that a strategy answers with: handed over while it learns; in a restored strategy loaded by its name when it is first needed. */
export class HeldExtractor {
  private held: FeatureExtractor | undefined;
  private loaded: Promise<FeatureExtractor> | undefined;

  /** Takes this one, which its owner disposes. */
  use(extractor: FeatureExtractor): void {
    this.held = extractor;
  }

  /** @throws LifelongError `data` or `config` where there is no such extractor */
  async get(ref: ExtractorRef): Promise<FeatureExtractor> {
    const extractor = this.held ?? (await (this.loaded ??= this.load(ref)));
    checkSame(extractor, ref);
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

  private async load({ name }: ExtractorRef): Promise<FeatureExtractor> {
    return loadExtractor(name).catch((error: unknown) => {
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

/** Refuses another extractor than the one that was learned with. @throws LifelongError `data` */
export function checkSame(found: FeatureExtractor, { name, sha256 }: ExtractorRef): void {
  if (sha256 === null ? found.sha256 === null && found.name === name : found.sha256 === sha256) return;
  const describe = (extractor: Pick<ExtractorRef, 'name' | 'sha256'>) =>
    extractor.sha256 === null ? extractor.name : `${extractor.name} with sha256 ${extractor.sha256.slice(0, 8)}…`;
  throw new LifelongError(
    'data',
    `features of ${describe({ name, sha256 })} expected, as the classes were learned with, found ${describe(found)}`,
    'give the extractor that the run was made with',
  );
}
