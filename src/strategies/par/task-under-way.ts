import { z } from 'zod';
import { architectureSchema, type Architecture } from '../../core/architecture.js';
import { decisionSchema, type Decision } from '../../core/decision.js';
import type { JsonObject } from '../../core/json.js';
import type { Snapshot } from '../../core/snapshot.js';
import { prototypesFromArrays, prototypesToArrays } from '../../difficulty/prototypes.js';
import { ownJson, type PackedProgress } from '../../experts/codec.js';
import { groupNamed, type Groups } from '../../experts/memory.js';
import { packFit, unpackFit, type Progress } from '../../experts/progress.js';
import type { SearchProgress } from '../../search/search.js';
import type { ArchitectureSearch } from './architecture-search.js';
import type { Difficulty } from './difficulty.js';
import { inferenceFromArrays, inferenceToArrays } from './inference/task-inference.js';

/** A task under way: how hard it is, what has been decided and found, and the search or training that goes on. */
export interface TaskUnderWay extends Progress {
  readonly difficulty: Difficulty;
  readonly decision: Decision;
  /** Once a search has ended. */
  architecture?: Architecture;
  search?: ArchitectureSearch;
  /** The search that a restored run goes on from. */
  readonly storedSearch?: SearchProgress;
}

const inferenceGroup = 'progress/inference';

/** What PAR adds to a task under way in a snapshot. */
export const packedShape = {
  divergence: z.array(z.number()),
  noiseFloor: z.number().nullable(),
  decision: decisionSchema,
  architecture: architectureSchema.nullable(),
  search: ownJson.nullable(),
};

export function packTask(underWay: TaskUnderWay): Snapshot {
  const { task, on, difficulty, decision, architecture, search, storedSearch } = underWay;
  const { prototypes, divergence, noiseFloor, inference } = difficulty;
  const searching = architecture ? undefined : (search?.progress() ?? storedSearch);
  const fit = packFit(underWay);
  const state: JsonObject = {
    ...{ task, divergence, noiseFloor, decision },
    ...(on && { on }),
    architecture: architecture ?? null,
    search: searching?.state ?? null,
    fit: fit.state,
  };
  return {
    state,
    arrays: {
      'progress/prototypes': prototypesToArrays(prototypes),
      ...(inference && { [inferenceGroup]: inferenceToArrays(inference) }),
      ...Object.fromEntries(Object.entries(searching?.arrays ?? {}).map(([name, group]) => [`progress/search-${name}`, group])),
      ...fit.arrays,
    },
  };
}

export function unpackTask(packed: PackedProgress<typeof packedShape>, arrays: Groups): TaskUnderWay {
  const { task, divergence, noiseFloor, decision, architecture, search } = packed;
  const group = (name: string) => groupNamed(arrays, `progress/${name}`);
  const prototypes = prototypesFromArrays(group('prototypes'), `prototypes of task ${task}`);
  const inference = arrays[inferenceGroup] && inferenceFromArrays(arrays[inferenceGroup], prototypes.size, inferenceGroup);
  const searching = () => ['weights', 'velocity', 'statistics'].map((name) => [name, group(`search-${name}`)] as const);
  return {
    task,
    difficulty: { prototypes, divergence, noiseFloor, ...(inference && { inference }) },
    decision,
    ...(architecture && { architecture }),
    ...(search && { storedSearch: { state: search, arrays: Object.fromEntries(searching()) } }),
    ...unpackFit(packed, arrays),
  };
}
