import type { InputValues } from '../../core/input.js';
import type { NamedArray } from '../../core/snapshot.js';
import { trainingBatches } from '../../experts/training/batches.js';
import { concatenate } from '../../experts/training/rows.js';
import type { Batch } from '../../nn/fit.js';
import type { TrainingContext } from './method.js';

/** Examples of one task in a batch. */
export interface BatchPart {
  /** Which of the training's heads they belong to. */
  readonly head: number;
  /** Normalized. */
  readonly inputs: InputValues;
  readonly labels: Int32Array;
}

/** Added to the score of a class that does not compete. */
const out = -1e9;

/** Batches of the training's task alone. */
export async function* ownBatches(training: TrainingContext, epoch: number): AsyncGenerator<Batch> {
  const { task, settings, seed } = training;
  for await (const { examples } of trainingBatches(task, settings.batchSize, seed, epoch)) {
    yield composeBatch(training, [{ head: training.heads.length - 1, inputs: examples.inputs, labels: examples.labels }]);
  }
}

/** First column of each of these heads among the logits of all. */
export function firstColumns(heads: readonly number[]): number[] {
  return heads.map((_, j) => heads.slice(0, j).reduce((sum, count) => sum + count, 0));
}

/** One batch of examples of several tasks, in the order of the parts, with what else the step takes. */
export function composeBatch(
  training: TrainingContext,
  parts: readonly BatchPart[],
  more: Readonly<Record<string, NamedArray>> = {},
): Batch {
  const { heads, task, settings } = training;
  const first = firstColumns(heads);
  const size = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const y = Int32Array.from(parts.flatMap(({ head, labels }) => Array.from(labels, (label) => (first[head] ?? 0) + label)));
  const x = { shape: [size, ...task.input.shape], data: concatenate(...parts.map(({ inputs }) => inputs)) };
  const all = settings.softmaxOver === 'seen' || heads.length === 1;
  return { size, x, y, more: all ? more : { ...more, offsets: offsets(heads, parts, size) } };
}

/** What lets only the classes of an example's own task compete: `[n, C]`. */
function offsets(heads: readonly number[], parts: readonly BatchPart[], size: number): NamedArray {
  const columns = heads.reduce((sum, count) => sum + count, 0);
  const first = firstColumns(heads);
  const data = new Float32Array(size * columns).fill(out);
  let row = 0;
  for (const { head, labels } of parts) {
    const [start = 0, count = 0] = [first[head], heads[head]];
    for (let i = 0; i < labels.length; i++, row++) data.fill(0, row * columns + start, row * columns + start + count);
  }
  return { shape: [size, columns], data };
}
