import { lengthOf } from '../../data/array-split.js';
import { expertOf, type Groups, type LearnedTask, type Memory } from '../../experts/memory.js';
import { concatenate } from '../../experts/training/rows.js';
import type { ExpertVectors } from '../../experts/vectors.js';
import type { FitVectors } from '../../nn/fit.js';
import type { Layout } from '../../nn/layout.js';
import { vector, type TrainingContext } from './method.js';

/** Where a weight lies in a network's vector. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** What all tasks share: kernels. */
export const kernelPlaces = (layout: Layout): readonly Place[] => placesOf(layout, (axes) => axes > 1);

/** What a task can have of its own: biases, and scales and offsets of batch norms. */
export const ownPlaces = (layout: Layout): readonly Place[] => placesOf(layout, (axes) => axes === 1);

function placesOf({ weights }: Layout, takes: (axes: number) => boolean): Place[] {
  let start = 0;
  return weights.flatMap(({ shape }) => {
    const place = { start, end: start + lengthOf(shape) };
    start = place.end;
    return takes(shape.length) ? [place] : [];
  });
}

const ownGroup = (index: number) => `own/${index}`;

/** What the task has of its own from now on: the network's biases, scales, offsets and running statistics as training left them. */
export function keepOwn({ expert, task }: Pick<TrainingContext, 'expert' | 'task'>, { weights, statistics }: FitVectors): Groups {
  const own = ownPlaces(expert.network.declaration.parameters);
  const values = concatenate(...own.map(({ start, end }) => weights.subarray(start, end)));
  return { [ownGroup(task.index)]: { weights: vector(values), statistics: vector(statistics) } };
}

/** The network's weights with what the task has of its own. */
export function withOwn(memory: Memory, task: LearnedTask, parameters: Float32Array): ExpertVectors {
  const { network } = expertOf(memory, task);
  const stored = memory.kept[ownGroup(task.ref.index)];
  const seen = parameters.slice();
  let offset = 0;
  for (const { start, end } of ownPlaces(network.declaration.parameters)) {
    seen.set((stored?.['weights']?.data as Float32Array).subarray(offset, offset + end - start), start);
    offset += end - start;
  }
  return { parameters: seen, statistics: stored?.['statistics']?.data as Float32Array };
}
