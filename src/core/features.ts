import type { Domain } from './input.js';
import type { Examples, Normalization } from './task.js';

/** A frozen function from raw inputs to feature vectors; it never trains. */
export interface FeatureExtractor {
  readonly name: string;
  /** Of the weight file; null for extractors without weights. */
  readonly sha256: string | null;
  /** What it standardizes inputs by, where it does: one for all tasks of a run, which keeps it. */
  readonly normalization?: Normalization | null;
  /** How many tokens it knows, where its inputs are ids of tokens: a vocabulary of another size is of another network. */
  readonly tokens?: number;
  /** Length D of a feature vector for inputs of this shape. */
  size(inputShape: readonly number[]): number;
  /** Features `[n, D]`, row-major. */
  extract(examples: Examples): Promise<Float32Array>;
  dispose(): void;
}

/** What all tasks are measured with, or the tasks of each domain; a domain that is not named has its own. */
export type ByDomain<Of> = Of | { readonly [Name in Domain]?: Of };
