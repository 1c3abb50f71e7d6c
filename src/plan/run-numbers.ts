import { join } from 'node:path';
import { readGroup } from '../checkpoint/weight-files.js';
import { readRun, type Notice } from '../checkpoint/store.js';
import { LifelongError } from '../core/errors.js';
import { frozenGroup } from '../core/frozen-weights.js';
import type { NamedArray } from '../core/snapshot.js';
import { lengthOf } from '../data/array-split.js';

/** What a pass of a task reads and computes. */
export interface TaskPass {
  readonly task: string;
  /** Multiply-adds of an example of the longest length. */
  readonly multiplyAdds: number;
  /** Frozen numbers read: all that are multiplied with or added; of tables a row for each position. */
  readonly frozenNumbers: number;
  /** Numbers of its own that are read: its expert's and its head's. */
  readonly ownNumbers: number;
}

/** How many numbers a run has, by whether they ever change. */
export interface RunNumbers {
  readonly frozen: number;
  /** Of all experts and heads. */
  readonly tasks: number;
  readonly passes: readonly TaskPass[];
}

/** Arrays that are looked up row by row. */
const isTable = (name: string): boolean => name.startsWith('embeddings/') || name === 'positions';

/**
 * Counts what the experts of a run stand on and what they have of their own.
 *
 * @throws LifelongError `usage` for a run without tasks, or whose experts stand on nothing; `run-missing`, `run-corrupt` as `readRun`
 */
export async function runNumbers(path: string, notice?: Notice): Promise<RunNumbers> {
  const { tasks, experts, files } = await readRun(path, notice);
  const frozen = new Map<string, Readonly<Record<string, NamedArray>>>();
  for (const { on } of experts) {
    const file = on && files[frozenGroup(on.sha256)];
    if (file && !frozen.has(on.sha256)) frozen.set(on.sha256, await readGroup(path, file));
  }
  if (tasks.length === 0 || frozen.size === 0) {
    throw new LifelongError(
      'usage',
      `${join(path, 'run.json')}: tasks with experts on frozen weights expected, found ${tasks.length === 0 ? 'no task' : 'experts on none'}`,
      'plan a run that was made with run --backbone',
    );
  }
  const passes = tasks.map(({ id, expert: served, input, headParameters }): TaskPass => {
    const expert = experts.find((one) => one.id === served);
    const arrays = Object.entries((expert?.on && frozen.get(expert.on.sha256)) ?? {});
    return {
      task: id,
      multiplyAdds: expert?.macs ?? 0,
      frozenNumbers: arrays.reduce((sum, [name, array]) => sum + readOf(name, array, input.shape[0] ?? 1), 0),
      ownNumbers: (expert?.bytes ?? 0) / 4 + headParameters,
    };
  });
  const own = experts.reduce((sum, { bytes }) => sum + bytes / 4, 0);
  return {
    frozen: [...frozen.values()].reduce((sum, arrays) => sum + numbersIn(arrays), 0),
    tasks: tasks.reduce((sum, { headParameters }) => sum + headParameters, own),
    passes,
  };
}

const numbersIn = (arrays: Readonly<Record<string, NamedArray>>): number =>
  Object.values(arrays).reduce((sum, { shape }) => sum + lengthOf(shape), 0);

function readOf(name: string, { shape }: NamedArray, positions: number): number {
  const [rows = 1] = shape;
  return isTable(name) && shape.length === 2 ? (lengthOf(shape) / rows) * Math.min(rows, positions) : lengthOf(shape);
}
