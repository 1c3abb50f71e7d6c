import type { NamedArray } from './snapshot.js';

/** Weights that never change, known by their content: equal hashes stand for equal weights. */
export interface FrozenWeights {
  /** Of names, types, shapes and values. */
  readonly sha256: string;
  readonly arrays: Readonly<Record<string, NamedArray>>;
}

/** Name of their group in a snapshot: whoever stands on them, they are kept once. */
export const frozenGroup = (sha256: string) => `frozen/${sha256.slice(0, 16)}`;
