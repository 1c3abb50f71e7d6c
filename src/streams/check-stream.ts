import { from, lastValueFrom, toArray } from 'rxjs';
import { LifelongError } from '../core/errors.js';
import type { TaskStream } from '../core/stream.js';
import type { ClassName, Split, Task } from '../core/task.js';
import { fingerprint } from '../data/fingerprint.js';

const parts = ['train', 'validation', 'test'] as const;
type Part = (typeof parts)[number];
type Counts = Readonly<Record<Part, number>>;

/** What a stream's data look like, without training. */
export interface StreamCheck {
  readonly name: string;
  readonly tasks: readonly TaskCheck[];
  /** What a person should look at, one sentence each. */
  readonly warnings: readonly string[];
}

export interface TaskCheck extends Counts {
  readonly id: string;
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly classes: readonly (Counts & { readonly name: ClassName })[];
  /** Smallest and largest input value; null where there are no examples. */
  readonly range: readonly [number, number] | null;
  /** Test examples whose inputs are also among the training or validation examples. */
  readonly duplicates: number;
}

/**
 * Reads every example of a finite stream and counts.
 *
 * @throws LifelongError `usage` for a stream whose length is not known; `data` for whatever is wrong with the data
 */
export async function checkStream(stream: TaskStream): Promise<StreamCheck> {
  if (stream.size === undefined) throw new LifelongError('usage', `stream ${stream.name}: a stream of known length expected`);
  const tasks: TaskCheck[] = [];
  for (const task of await lastValueFrom(from(stream.tasks()).pipe(toArray()))) tasks.push(await checkTask(task));
  return { name: stream.name, tasks, warnings: [...(stream.notes?.() ?? []), ...tasks.flatMap(warningsOf)] };
}

async function checkTask(task: Task): Promise<TaskCheck> {
  const { id, name, inputShape, classes, train, validation, test } = task;
  const [inTrain, inValidation, inTest] = await Promise.all([train, validation, test].map((split) => countLabels(split, classes.length)));
  const learned = new Set<string>();
  let [duplicates, smallest, largest] = [0, Infinity, -Infinity];
  for (const split of [train, validation, test]) {
    for await (const input of inputsOf(split)) {
      for (const value of input) [smallest, largest] = [Math.min(smallest, value), Math.max(largest, value)];
      const print = fingerprint(new Uint8Array(input.buffer, input.byteOffset, input.byteLength));
      if (split !== test) learned.add(print);
      else if (learned.has(print)) duplicates++;
    }
  }
  return {
    id,
    name,
    inputShape,
    train: train.size,
    validation: validation.size,
    test: test.size,
    classes: classes.map((className, c) => ({
      name: className,
      train: inTrain?.[c] ?? 0,
      validation: inValidation?.[c] ?? 0,
      test: inTest?.[c] ?? 0,
    })),
    range: smallest <= largest ? [smallest, largest] : null,
    duplicates,
  };
}

async function countLabels(split: Split, classes: number): Promise<Int32Array> {
  const counts = new Int32Array(classes);
  for (const label of await split.labels()) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

const block = 512;

async function* inputsOf(split: Split): AsyncGenerator<Float32Array> {
  for (let start = 0; start < split.size; start += block) {
    const count = Math.min(block, split.size - start);
    const { inputs } = await split.read(Int32Array.from({ length: count }, (_, i) => start + i));
    const length = inputs.length / count;
    for (let i = 0; i < count; i++) yield inputs.subarray(i * length, (i + 1) * length);
  }
}

function warningsOf({ id, name, inputShape, classes, range, duplicates }: TaskCheck): string[] {
  const where = `task ${id} (${name})`;
  const missing = parts.flatMap((part) => {
    const names = classes.filter((counts) => counts[part] === 0).map((counts) => counts.name);
    return names.length === 0 ? [] : [`${where}: no ${part} samples of ${names.join(', ')}`];
  });
  const repeated = duplicates === 0 ? [] : [`${where}: ${duplicates} test examples are also in training or validation`];
  const outside =
    inputShape.length === 3 && range && (range[0] < 0 || range[1] > 1)
      ? [`${where}: image values from ${range[0]} to ${range[1]}, 0 to 1 expected: set data.scale`]
      : [];
  const [first = 0, , channels = 0] = inputShape;
  const planes =
    channels > 4 && first <= 4
      ? [
          `${where}: images of ${channels} channels and ${first} rows: if they are [channels, height, width], save them as [height, width, channels]`,
        ]
      : [];
  return [...missing, ...repeated, ...outside, ...planes];
}
