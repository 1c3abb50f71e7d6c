import { trainedExpert } from '../../experts/expert.js';
import { remember, type Groups, type Memory } from '../../experts/memory.js';
import type { FitVectors } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import type { TrainingContext } from './method.js';

/**
 * The memory after a training that ended with these weights.
 *
 * @param kept the groups that the method keeps and that are new or changed
 */
export function memoryAfter(training: TrainingContext, { weights, statistics }: FitVectors, kept: Groups = {}): Memory {
  const { memory, expert, heads, task, earlier } = training;
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
  const after = trainedExpert(expert, task, { parameters: weights.slice(0, size), statistics });
  return remember(memory, { task, expert: after, head: trained.get(task.id) ?? new Float32Array(0), oldHeads: trained, kept });
}
