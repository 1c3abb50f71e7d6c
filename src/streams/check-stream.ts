import { from, lastValueFrom, toArray } from 'rxjs';
import { LifelongError } from '../core/errors.js';
import type { Input, InputValues } from '../core/input.js';
import type { TaskStream } from '../core/stream.js';
import type { ClassName, Split, Task } from '../core/task.js';
import { fingerprint } from '../data/fingerprint.js';
import { domainOf } from '../domains/registry.js';

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
  readonly input: Input;
  /** That of the input. */
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
  for (const task of await lastValueFrom(from(stream.tasks()).pipe(toArray()))) {
    tasks.push(await checkTask(task));
  }
  return { name: stream.name, tasks, warnings: [...(stream.notes?.() ?? []), ...tasks.flatMap(warningsOf), ...shapesOf(tasks)] };
}

async function checkTask(task: Task): Promise<TaskCheck> {
  const { id, name, input, classes, train, validation, test } = task;
  const [inTrain, inValidation, inTest] = await Promise.all([train, validation, test].map((split) => countLabels(split, classes.length)));
  const learned = new Set<string>();
  let [duplicates, smallest, largest] = [0, Infinity, -Infinity];
  for (const split of [train, validation, test]) {
    for await (const example of examplesOf(split)) {
      for (const value of example) [smallest, largest] = [Math.min(smallest, value), Math.max(largest, value)];
      const print = fingerprint(new Uint8Array(example.buffer, example.byteOffset, example.byteLength));
      if (split !== test) learned.add(print);
      else if (learned.has(print)) duplicates++;
    }
  }
  return {
    id,
    name,
    inputShape: input.shape,
    input,
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

async function* examplesOf(split: Split): AsyncGenerator<InputValues> {
  for (let start = 0; start < split.size; start += block) {
    const count = Math.min(block, split.size - start);
    const { inputs } = await split.read(Int32Array.from({ length: count }, (_, i) => start + i));
    const length = inputs.length / count;
    for (let i = 0; i < count; i++) yield inputs.subarray(i * length, (i + 1) * length);
  }
}

function warningsOf({ id, name, input, classes, range, duplicates }: TaskCheck): string[] {
  const where = `task ${id} (${name})`;
  const missing = parts.flatMap((part) => {
    const names = classes.filter((counts) => counts[part] === 0).map((counts) => counts.name);
    return names.length === 0 ? [] : [`${where}: no ${part} samples of ${names.join(', ')}`];
  });
  const repeated = duplicates === 0 ? [] : [`${where}: ${duplicates} test examples are also in training or validation`];
  return [
    ...missing,
    ...repeated,
    ...domainOf(input)
      .doubts(input, range)
      .map((doubt) => `${where}: ${doubt}`),
  ];
}

/** Tasks whose inputs differ can share no network. */
function shapesOf(tasks: readonly TaskCheck[]): string[] {
  const shapes = [...new Set(tasks.map(({ inputShape }) => `[${inputShape.join(', ')}]`))];
  if (shapes.length < 2) return [];
  return [`inputs of ${shapes.length} shapes, ${shapes.join(' and ')}: par and independent learn such a stream, others want one shape`];
}
