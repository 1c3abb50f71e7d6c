import type { Decision } from '../../core/decision.js';
import { formatGenotype, parseGenotype, type Genotype } from '../../core/genotype.js';
import type { JsonObject } from '../../core/json.js';
import { prototypesFromArrays, prototypesToArrays } from '../../difficulty/prototypes.js';
import type { Fit, FitProgress } from '../../nn/fit.js';
import type { Search, SearchProgress } from '../../search/search.js';
import type { Difficulty } from './difficulty.js';
import { groupNamed, type Groups, type PackedState } from './packed-state.js';

/** A task under way: what has been decided and found, and the search or training that goes on. */
export interface Progress {
  readonly task: string;
  readonly difficulty: Difficulty;
  readonly decision: Decision;
  /** Once a search has ended. */
  genotype?: Genotype;
  search?: Search;
  fit?: Fit;
  /** What a restored run goes on from. */
  readonly stored?: { readonly search?: SearchProgress; readonly fit?: FitProgress };
}

export function packProgress({ task, difficulty, decision, genotype, search, fit, stored }: Progress): {
  state: JsonObject;
  arrays: Groups;
} {
  const { prototypes, divergence, noiseFloor } = difficulty;
  const searching = genotype ? undefined : (search?.progress() ?? stored?.search);
  const training = fit?.progress() ?? stored?.fit;
  const state = {
    task,
    divergence,
    noiseFloor,
    decision,
    genotype: genotype ? formatGenotype(genotype) : null,
    search: searching?.state ?? null,
    fit: training?.state ?? null,
  };
  return {
    state: state,
    arrays: {
      'progress/prototypes': prototypesToArrays(prototypes),
      ...Object.fromEntries(Object.entries(searching?.arrays ?? {}).map(([name, group]) => [`progress/search-${name}`, group])),
      ...(training && { 'progress/fit': training.arrays }),
    },
  };
}

export function unpackProgress(packed: NonNullable<PackedState['progress']>, arrays: Groups): Progress {
  const { task, divergence, noiseFloor, decision, genotype, search, fit } = packed;
  const group = (name: string) => groupNamed(arrays, `progress/${name}`);
  const searching = () => ['weights', 'velocity', 'statistics'].map((name) => [name, group(`search-${name}`)] as const);
  return {
    task,
    difficulty: { prototypes: prototypesFromArrays(group('prototypes'), `prototypes of task ${task}`), divergence, noiseFloor },
    decision,
    ...(genotype && { genotype: parseGenotype(genotype) }),
    stored: {
      ...(search && { search: { state: search, arrays: Object.fromEntries(searching()) } }),
      ...(fit && { fit: { state: fit, arrays: group('fit') } }),
    },
  };
}
