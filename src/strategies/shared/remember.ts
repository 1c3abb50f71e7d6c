import { taskRef } from '../../core/task.js';
import type { FitVectors } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import type { Lesson } from './method.js';
import type { SharedExpert, SharedMemory } from './memory.js';

/** The memory after a lesson that ended with these weights. */
export function remember(lesson: Lesson, { weights, statistics }: FitVectors, kept: SharedMemory['kept']): SharedMemory {
  const { memory, expert, heads, task, earlier } = lesson;
  const { featureSize, declaration } = expert.network;
  const { size } = declaration.parameters;
  const owners = heads.length > 1 ? [...earlier.map(({ ref }) => ref.id), task.id] : [task.id];
  let offset = size;
  const trained = new Map(
    owners.map((id, j) => {
      const start = offset;
      offset += headLayout(featureSize, heads[j] ?? 0).size;
      return [id, weights.slice(start, offset)];
    }),
  );
  const learned: SharedExpert = {
    ...expert,
    vectors: { parameters: weights.slice(0, size), statistics },
    tasks: [...expert.tasks, task.id],
    revision: expert.revision + 1,
  };
  const own = { ref: taskRef(task), expert: expert.id, head: trained.get(task.id) ?? new Float32Array(0) };
  return {
    kept,
    experts: [...memory.experts.filter(({ id }) => id !== expert.id), learned],
    tasks: [...memory.tasks.map((known) => ({ ...known, head: trained.get(known.ref.id) ?? known.head })), own],
  };
}
