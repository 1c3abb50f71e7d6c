import { random } from '../../../src/core/random.js';
import type { ClassName, Task } from '../../../src/core/task.js';
import { arraySplit } from '../../../src/data/array-split.js';
import { allPositions } from '../../../src/experts/training/batches.js';
import { vector } from '../../../src/features/vector.js';
import type { UserTask } from '../../../src/streams/array-task.js';
import type { LearnContext, Strategy } from '../../../src/strategies/strategy.js';

/** Length of the vectors. */
export const size = 6;

export interface VectorOptions {
  readonly classes?: readonly ClassName[];
  readonly train?: number;
  readonly validation?: number;
  /** Draws other examples. */
  readonly sample?: number;
}

/** A task of vectors whose classes lie around a place of their own, which follows from the class's name; features vary unequally and together. */
export function vectorTask(id: string, index: number, options: VectorOptions = {}): Task {
  const { classes = [`${id}1`, `${id}2`, `${id}3`], train = 60, validation = 30, sample = 0 } = options;
  const part = (name: string, count: number) => {
    const noise = random(7, name, id, sample);
    const labels = Int32Array.from({ length: count }, (_, i) => i % classes.length);
    const inputs = new Float32Array(count * size);
    labels.forEach((label, row) => {
      const place = random(3, 'place', classes[label] ?? '');
      const common = noise.normal();
      for (let i = 0; i < size; i++) inputs[row * size + i] = 5 + (1 + i) * (1.5 * place.normal() + 0.5 * common + noise.normal());
    });
    return arraySplit([size], inputs, labels);
  };
  return {
    ...{ id, index, name: id, classes, input: { domain: 'vector', shape: [size], dtype: 'float32' }, normalization: null, augment: [] },
    train: part('train', train),
    validation: part('validation', validation),
    test: part('test', 20),
  };
}

/** Such a task as a user has it. */
export async function userTask(id: string, sample = 0): Promise<UserTask> {
  const task = vectorTask(id, 0, { sample });
  const part = async (name: 'train' | 'validation' | 'test') => {
    const split = task[name];
    const { inputs, labels } = await split.read(allPositions(split.size));
    return { inputs, labels: Array.from(labels, (label) => task.classes[label] ?? '') };
  };
  return { id, inputShape: [size], train: await part('train'), validation: await part('validation'), test: await part('test') };
}

export const contextOn = (seed = 0): LearnContext => ({ seed, features: vector() });

/** Learns these tasks one after another. */
export async function learnAll(strategy: Strategy, tasks: readonly Task[], context = contextOn()): Promise<Strategy> {
  for (const [index, task] of tasks.entries()) {
    const learning = strategy.learn({ ...task, index }, context);
    while (!(await learning.next()).done);
  }
  return strategy;
}

export const testInputs = (task: Task) => task.test.read(allPositions(task.test.size));

/** The rows of a part of a task with the names of their classes, for a reference. */
export async function namedRows({ classes, train }: Task): Promise<{ readonly row: number[]; readonly name: ClassName }[]> {
  const { inputs, labels } = await train.read(allPositions(train.size));
  return Array.from(labels, (label, i) => ({ row: Array.from(inputs.subarray(i * size, (i + 1) * size)), name: classes[label] ?? '' }));
}

/** Largest difference of two lists of numbers, over the largest number where that is above 1. */
export function apart(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Infinity;
  const values = Array.from(one);
  const scale = Math.max(1, ...values.map(Math.abs));
  return Math.max(...values.map((value, i) => Math.abs(value - (other[i] ?? NaN)))) / scale;
}
