import { arraySplit, lengthOf } from '../../data/array-split.js';
import type { Split } from '../../core/task.js';
import { inferenceBatch } from '../../nn/inference.js';
import { frozenExpert } from '../frozen-expert.js';
import type { Training } from './expert-training.js';

/** Hidden values that are kept for a task at most, in bytes. */
const room = 512 * 2 ** 20;

const nothing = new Float32Array(0);

/**
 * A training of what lies above a network's cut, on hidden values that are computed once: the same training, for what is below does not change. As it
 * was where the network has no cut, where inputs change from epoch to epoch, or where the hidden values take too much memory.
 */
export async function aboveCut<Of extends Pick<Training, 'task' | 'network' | 'steps'>>(training: Of): Promise<Of> {
  const { task, network, steps } = training;
  const cut = task.augment.length === 0 ? network.cut?.() : undefined;
  if (!cut) return training;
  const { below, above, shape } = cut;
  const count = task.train.size + task.validation.size;
  if (4 * lengthOf(shape) * count > room) return training;
  const expert = frozenExpert(below, steps, { parameters: nothing, statistics: nothing }, task, Math.ceil(count / inferenceBatch));
  const hidden = async (split: Split) => arraySplit(shape, await expert.featuresOf(split), await split.labels());
  const [train, validation] = [await hidden(task.train), await hidden(task.validation)];
  return {
    ...training,
    network: above,
    task: { ...task, input: { ...task.input, shape, dtype: 'float32' }, normalization: null, train, validation },
  };
}
