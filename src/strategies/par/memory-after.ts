import type { Task } from '../../core/task.js';
import { trainedExpert } from '../../experts/expert.js';
import { remember, type Groups, type Memory } from '../../experts/memory.js';
import { splitBest } from '../../experts/training/expert-training.js';
import type { FitVectors } from '../../nn/fit.js';
import { keepPrototypes } from '../shared/kept-prototypes.js';
import { keepOwn } from '../shared/own-weights.js';
import type { Start } from './decisions/decision-kind.js';
import type { Difficulty } from './difficulty.js';
import { keepDistances } from './known-distances.js';
import { keepInference } from './known.js';
import type { ParOptions } from './options.js';

/** The memory once training of a task that started so ends with these vectors. @param gate what a gate keeps of the task */
export function memoryAfter(
  memory: Memory,
  task: Task,
  { expert, phase }: Start,
  trained: FitVectors,
  difficulty: Difficulty,
  { thresholds, norms }: ParOptions,
  gate: Groups = {},
): Memory {
  const kept = {
    ...keepPrototypes(task, difficulty.prototypes),
    ...(difficulty.inference && keepInference(task, difficulty.inference)),
    ...(thresholds === 'calibrated' && keepDistances(memory, difficulty)),
    ...gate,
  };
  const own = phase === 'head' ? { weights: expert.vectors.parameters, statistics: expert.vectors.statistics } : trained;
  if (norms === 'task') Object.assign(kept, keepOwn({ expert, task }, own));
  if (phase === 'head') {
    return remember(memory, { task, expert: { ...expert, tasks: [...expert.tasks, task.id] }, head: trained.weights, kept });
  }
  const { expert: vectors, head } = splitBest(expert.network, trained);
  return remember(memory, { task, expert: trainedExpert(expert, task, vectors), head, kept });
}
