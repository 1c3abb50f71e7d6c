import type { InputValues } from '../../core/input.js';
import { random, type Random } from '../../core/random.js';
import type { NamedArray } from '../../core/snapshot.js';
import { lengthOf } from '../../data/array-split.js';
import type { Groups } from '../../experts/memory.js';
import { normalize } from '../../experts/training/batches.js';
import { concatenate, gather } from '../../experts/training/rows.js';
import type { BatchPart } from './training-batches.js';
import type { TrainingContext } from './method.js';

/** Examples of earlier tasks, raw, those of a class in the order in which they are given up last. */
export interface ReplayBuffer {
  /** Shape of one example. */
  readonly shape: readonly number[];
  /** `[n, ...shape]` */
  readonly inputs: InputValues;
  readonly labels: Int32Array;
  /** Position of each example's task in the order of learning. */
  readonly tasks: Int32Array;
}

const group = 'memory/examples';

/** The examples that a method has kept; undefined before its first task. */
export function keptExamples(kept: Groups): ReplayBuffer | undefined {
  const { inputs, labels, tasks } = kept[group] ?? {};
  if (!inputs || !labels || !tasks) return undefined;
  return {
    shape: inputs.shape.slice(1),
    inputs: inputs.data,
    labels: labels.data as Int32Array,
    tasks: tasks.data as Int32Array,
  };
}

export function keepExamples({ shape, inputs, labels, tasks }: ReplayBuffer): Groups {
  const n = labels.length;
  const arrays: Record<string, NamedArray> = {
    inputs: { shape: [n, ...shape], data: inputs },
    labels: { shape: [n], data: labels },
    tasks: { shape: [n], data: tasks },
  };
  return { [group]: arrays };
}

/** What a buffer holds after a task: which of the old rows stayed, and the new rows, all in the order of the buffer. */
export interface Selection {
  readonly buffer: ReplayBuffer;
  readonly stayed: Int32Array;
}

/**
 * The buffer after the training's task: at most `memory` examples, equally many of each class of each task as far as there are so many; none
 * occurs twice. Old classes give up examples to the new ones, which are drawn at random.
 */
export async function selectExamples(training: TrainingContext, memory: number): Promise<Selection> {
  const { task, seed } = training;
  const old = keptExamples(training.memory.kept);
  const position = training.memory.tasks.length;
  const labels = await task.train.labels();
  const order = random(seed, 'task', task.index, 'memory').permutation(labels.length);
  const oldClasses = classesOf(Array.from(old?.labels ?? [], (label, row) => ({ row, owner: `${old?.tasks[row] ?? 0} ${label}` })));
  const newClasses = classesOf(Array.from(order, (row) => ({ row, owner: String(labels[row]) })));
  const quota = shareOut(
    memory,
    [...oldClasses, ...newClasses].map(({ length }) => length),
  );
  const take = (classes: readonly number[][], from: number) =>
    Int32Array.from(classes.flatMap((rows, i) => rows.slice(0, quota[from + i])));
  const stayed = take(oldClasses, 0);
  const read = await task.train.read(take(newClasses, oldClasses.length));
  const inputs = old ? concatenate(gather(old.inputs, lengthOf(old.shape), stayed), read.inputs) : read.inputs;
  const buffer = {
    shape: task.input.shape,
    inputs,
    labels: Int32Array.from([...Array.from(stayed, (row) => old?.labels[row] ?? 0), ...read.labels]),
    tasks: Int32Array.from([...Array.from(stayed, (row) => old?.tasks[row] ?? 0), ...read.labels.map(() => position)]),
  };
  return { buffer, stayed };
}

/** Different rows of the buffer at random, `count` or all that there are. */
export function drawRows({ labels }: ReplayBuffer, count: number, source: Random): Int32Array {
  return source.permutation(labels.length).subarray(0, count);
}

/** These rows as parts of a batch, each for its own head. */
export function partsOf(buffer: ReplayBuffer, rows: Int32Array, { earlier }: TrainingContext): BatchPart[] {
  const length = lengthOf(buffer.shape);
  return Array.from(rows, (row) => {
    const head = buffer.tasks[row] ?? 0;
    const inputs = buffer.inputs.subarray(row * length, (row + 1) * length);
    return {
      head,
      inputs: normalize(inputs, earlier[head]?.ref.normalization ?? null),
      labels: buffer.labels.subarray(row, row + 1),
    };
  });
}

/** Rows of each class, in order. */
function classesOf(rows: readonly { readonly row: number; readonly owner: string }[]): number[][] {
  const classes = new Map<string, number[]>();
  for (const { row, owner } of rows) {
    const known = classes.get(owner);
    if (known) known.push(row);
    else classes.set(owner, [row]);
  }
  return [...classes.values()];
}

/** Shares out `total` places one by one in turn among classes that have so many examples. */
function shareOut(total: number, available: readonly number[]): number[] {
  const quota = available.map(() => 0);
  let left = Math.min(
    total,
    available.reduce((sum, count) => sum + count, 0),
  );
  for (let turn = 0; left > 0; turn++) {
    available.forEach((count, i) => {
      if (left === 0 || count <= turn) return;
      quota[i] = turn + 1;
      left -= 1;
    });
  }
  return quota;
}
