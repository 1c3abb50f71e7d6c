import { expect, it } from 'vitest';
import type { Task } from '../../src/core/task.js';
import { subset } from '../../src/data/subset.js';
import { allPositions, batchBounds, epochBatches } from '../../src/experts/training/batches.js';
import { checkTasks } from '../../src/strategies/check/check-tasks.js';
import { finetune } from '../../src/strategies/finetune/finetune.js';
import { hat } from '../../src/strategies/hat/hat.js';
import { stateAfter, tinyCells, tinyMlp } from '../strategies/tiny-strategies.js';

const [whole] = checkTasks(1) as [Task];

/** A task of so many training examples. */
async function taskOf(count: number): Promise<Task> {
  const labels = await whole.train.labels();
  return { ...whole, train: subset(whole.train, allPositions(count), labels.subarray(0, count)) };
}

it.each([
  [16, 8, [8, 8]],
  [17, 8, [8, 9]],
  [18, 8, [8, 8, 2]],
  [9, 8, [9]],
  [1, 8, [1]],
  [3, 1, [1, 1, 1]],
  [3, 2, [3]],
])('%d examples in batches of %d', async (count, batchSize, sizes) => {
  expect(batchBounds(count, batchSize).at(-1)).toBe(count);
  const { train, ...task } = await taskOf(count);
  const seen: Int32Array[] = [];
  for await (const { indices } of epochBatches(task, train, allPositions(count), batchSize, 0, ['test'])) seen.push(indices);
  expect(seen.map(({ length }) => length)).toEqual(sizes);
  expect(seen.flatMap((indices) => [...indices]).sort((a, b) => a - b)).toEqual([...allPositions(count)]);
});

it.each([
  ['finetune', (batchSize: number) => finetune({ ...tinyCells, batchSize })],
  ['hat', (batchSize: number) => hat({ units: tinyMlp.units, epochs: 2, engine: 'eager', batchSize })],
])('%s learns nothing from one example alone: 17 in batches of 16 are one batch', async (_, create) => {
  const task = await taskOf(17);
  expect(await stateAfter(create(16), [task])).toEqual(await stateAfter(create(17), [task]));
});
