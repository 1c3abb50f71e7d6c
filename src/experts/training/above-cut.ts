import { usedPositions } from '../../core/padding.js';
import { arraySplit, labelsAt, lengthOf } from '../../data/array-split.js';
import type { Split, TaskRef } from '../../core/task.js';
import { inferenceBatch } from '../../nn/inference.js';
import { frozenExpert, type FrozenExpert } from '../frozen-expert.js';
import { blocks, normalize } from './batches.js';
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
  const splits = [task.train, task.validation];
  const positions = below.padded ? await positionsOf(splits) : count * (shape[0] ?? 0);
  if (4 * lengthOf(shape.slice(1)) * positions > room) return training;
  const expert = frozenExpert(below, steps, { parameters: nothing, statistics: nothing }, task, Math.ceil(count / inferenceBatch));
  const hidden = async (split: Split) => {
    if (below.padded) return cutSplit(shape, expert, split, task);
    return arraySplit(shape, await expert.featuresOf(split), await split.labels());
  };
  const [train, validation] = [await hidden(task.train), await hidden(task.validation)];
  return {
    ...training,
    network: above,
    task: { ...task, input: { ...task.input, shape, dtype: 'float32' }, normalization: null, train, validation },
  };
}

/** Positions of all examples, without their padding. */
async function positionsOf(splits: readonly Split[]): Promise<number> {
  let positions = 0;
  for (const split of splits) {
    for await (const { inputs, shape } of blocks(split, 2 * inferenceBatch)) {
      positions += usedPositions(inputs, shape).reduce((sum, used) => sum + used, 0);
    }
  }
  return positions;
}

/** Hidden values `[n, ...shape]` of a split, of which only those that are no padding are kept. */
async function cutSplit(shape: readonly number[], expert: FrozenExpert, split: Split, { normalization }: TaskRef): Promise<Split> {
  const width = lengthOf(shape);
  const kept: Float32Array[] = [];
  for await (const { inputs } of blocks(split, 2 * inferenceBatch)) {
    const hidden = expert.features(normalize(inputs, normalization));
    const used = usedPositions(hidden, shape);
    used.forEach((positions, row) => kept.push(hidden.slice(row * width, row * width + positions * lengthOf(shape.slice(1)))));
  }
  const labels = await split.labels();
  return {
    size: split.size,
    labels: () => Promise.resolve(labels),
    read(indices) {
      const inputs = new Float32Array(indices.length * width);
      indices.forEach((index, i) => {
        inputs.set(kept[index] as Float32Array, i * width);
      });
      return Promise.resolve({ shape, inputs, labels: labelsAt(labels, indices) });
    },
  };
}
