import type { FeatureExtractor } from '../../core/features.js';
import { sameKind } from '../../core/input.js';
import { random } from '../../core/random.js';
import type { Task, TaskRef } from '../../core/task.js';
import type { Candidate } from '../../difficulty/identify.js';
import { prototypeFinder, type TaskFinder } from '../../difficulty/task-finder.js';
import { groupNamed, taskNamed, type Groups, type Memory } from '../../experts/memory.js';
import type { GateOptions } from './options.js';
import { routerFinder } from './router-finder.js';
import { routerFromArrays, routerToArrays } from './router.js';
import type { TaskFeatures } from './task-features.js';
import { trainRouter } from './train-router.js';

const featuresOf = ({ index }: TaskRef) => `routed-features/${index}`;
const routerOf = ({ input: { domain } }: TaskRef, size: number) => `routers/${domain}-${size}`;

/**
 * What a learned gate keeps of a task more: features of its examples, and a router that has learned from these and from the kept ones of all tasks before with features of one kind.
 * Without the replay, a router that learned from a new task alone would send everything there.
 */
export function learnedGate(
  memory: Memory,
  task: Task,
  { features }: TaskFeatures,
  extractor: Pick<FeatureExtractor, 'size'>,
  seed: number,
): Groups {
  const size = extractor.size(task.input.shape);
  const before = memory.tasks.flatMap(({ ref }) => {
    const kept = memory.kept[featuresOf(ref)]?.['features'];
    return kept && sameKind(ref.input, task.input) && kept.shape[1] === size ? [kept.data as Float32Array] : [];
  });
  const router = trainRouter([...before, features], size, random(seed, 'task', task.index, 'router'));
  return {
    [featuresOf(task)]: { features: { shape: [features.length / size, size], data: features } },
    [routerOf(task, size)]: routerToArrays(router),
  };
}

/** What finds tasks by this gate; undefined for `oracle`. @throws LifelongError `run-corrupt` where the router is missing or of other tasks */
export function gateFinder(memory: Memory, candidates: readonly Candidate[], gate: GateOptions['gate']): TaskFinder | undefined {
  const [first] = candidates;
  if (gate === 'oracle' || !first) return undefined;
  if (gate === 'prototype') return { ...prototypeFinder(candidates), gate };
  const name = routerOf(taskNamed(memory, first.id).ref, first.prototypes.size);
  return routerFinder(routerFromArrays(groupNamed(memory.kept, name), candidates.length, name), candidates);
}
