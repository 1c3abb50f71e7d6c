import { identify, type Candidate, type Identification } from './identify.js';

/** How tasks are told apart: by the nearest class prototype, or by linear discriminants, the nearest one where features are whitened. */
export const waysToFind = ['prototypes', 'lda'] as const;
export type WayToFind = (typeof waysToFind)[number];

/** How often tasks were found for validation examples that were held out as their task was learned, among the tasks known then. */
export interface Judged {
  readonly examples: number;
  /** Those whose nearest task is theirs. */
  readonly right: Readonly<Record<WayToFind, number>>;
  /** Those that are far from all tasks, their own included. */
  readonly far: Readonly<Record<WayToFind, number>>;
}

/** Finds the learned tasks that examples belong to. */
export interface TaskFinder {
  /** `learned`: by a trained router, which nothing was held out for. */
  readonly way: WayToFind | 'learned';
  /** Null where nothing was held out. */
  readonly judged: Judged | null;
  /** Of a gate that was asked for: what it leads to, the classes that examples get, is measured too. */
  readonly gate?: 'prototype' | 'learned';
  /** @param features `[n, D]`, raw */
  identify(features: Float32Array): Identification[];
}

/** By the nearest prototype alone. */
export function prototypeFinder(candidates: readonly Candidate[], judged: Judged | null = null): TaskFinder {
  return { way: 'prototypes', judged, identify: (features) => identify(features, candidates) };
}
