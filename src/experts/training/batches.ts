import { LifelongError } from '../../core/errors.js';
import type { InputValues } from '../../core/input.js';
import { usedPositions } from '../../core/padding.js';
import { random, type Random } from '../../core/random.js';
import type { Augmentation, Examples, Normalization, Split, Task, TaskRef } from '../../core/task.js';
import { labelsAt, lengthOf } from '../../data/array-split.js';
import { domainOf } from '../../domains/registry.js';
import { gather } from './rows.js';

/** Inputs as a network sees them: (x - mean) / std for each channel, the last axis. A new array unless there is nothing to do. */
export function normalize(inputs: InputValues, normalization: Normalization | null): InputValues {
  if (!normalization) return inputs;
  const { mean, std } = normalization;
  const channels = mean.length;
  const scale = Float32Array.from(std, (value) => 1 / value);
  const offset = Float32Array.from(mean, (value, c) => -value * (scale[c] ?? 1));
  const normalized = new Float32Array(inputs.length);
  for (let i = 0, c = 0; i < inputs.length; i++) {
    normalized[i] = (inputs[i] as number) * (scale[c] as number) + (offset[c] as number);
    c = c + 1 === channels ? 0 : c + 1;
  }
  return normalized;
}

type AugmentedTask = TaskRef & { readonly augment: readonly Augmentation[] };

/** Training examples as the task wants them changed. @throws LifelongError `config` for changes that its domain does not have */
export function augmented({ id, input, augment: changes }: AugmentedTask, examples: Examples, source: Random): Examples {
  if (changes.length === 0) return examples;
  const { augment, inputs } = domainOf(input);
  if (augment) return augment(examples, changes, source);
  throw new LifelongError('config', `task ${id}: inputs that can be augmented expected, found ${inputs}`, 'leave augment out');
}

/** Examples of a training batch, normalized, with their positions in the split. */
export interface TrainingBatch {
  readonly indices: Int32Array;
  readonly examples: Examples;
}

/**
 * Where the batches of `count` examples begin, and after them where the last ends. The last may be smaller; a last one of a single example would
 * teach batch norm that example's statistics (of a vector, a variance of 0), so it is joined to the batch before.
 */
export function batchBounds(count: number, batchSize: number): number[] {
  const starts = Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => i * batchSize);
  if (batchSize > 1 && starts.length > 1 && count % batchSize === 1) starts.pop();
  return [...starts, count];
}

/** Batches that are read together where inputs have padding, and shared out so that those of about one length are in one. */
const sharedOut = 8;

/**
 * One epoch over these positions of a split, shuffled, augmented and normalized, in batches as {@link batchBounds} has them. The next are read while the current ones are trained on. Inputs with padding
 * come with others of about their length, and lengths in no order.
 *
 * @param purpose names the random draws, such as `['task', 3, 'train', 7]`: the same purpose gives the same batches
 */
export async function* epochBatches(
  task: AugmentedTask,
  split: Split,
  positions: Int32Array,
  batchSize: number,
  seed: number,
  purpose: readonly (string | number)[],
): AsyncGenerator<TrainingBatch> {
  const order = random(seed, ...purpose, 'shuffle').permutation(positions.length);
  const changes = random(seed, ...purpose, 'augment');
  const bounds = batchBounds(positions.length, batchSize);
  const batches = bounds.length - 1;
  const together = domainOf(task.input).padded ? sharedOut : 1;
  const lengths = random(seed, ...purpose, 'lengths');
  const read = async (batch: number): Promise<TrainingBatch> => {
    const end = bounds[Math.min(batches, batch + together)];
    const indices = Int32Array.from(order.subarray(bounds[batch], end), (i) => positions[i] as number);
    return { indices, examples: await split.read(indices) };
  };
  let next = read(0);
  for (let batch = 0; batch < batches; batch += together) {
    const { indices, examples } = await next;
    if (batch + together < batches) {
      next = read(batch + together);
      next.catch(() => undefined); // reported when awaited
    }
    const changed = augmented(task, examples, changes);
    const whole = { indices, examples: { ...changed, inputs: normalize(changed.inputs, task.normalization) } };
    const first = bounds[batch] ?? 0;
    yield* together === 1
      ? [whole]
      : byLength(
          whole,
          bounds.slice(batch, batch + together + 1).map((bound) => bound - first),
          lengths,
        );
  }
}

/** Parts of a batch between these bounds, of examples of about one length each, in random order. */
function byLength({ indices, examples }: TrainingBatch, bounds: readonly number[], source: Random): TrainingBatch[] {
  const { shape, inputs, labels } = examples;
  const used = usedPositions(inputs, shape);
  const rows = allPositions(indices.length).sort((a, b) => (used[a] as number) - (used[b] as number) || a - b);
  return Array.from(source.permutation(bounds.length - 1), (part) => {
    const some = rows.subarray(bounds[part], bounds[part + 1]);
    return {
      indices: some.map((row) => indices[row] as number),
      examples: { shape, inputs: gather(inputs, lengthOf(shape), some), labels: labelsAt(labels, some) },
    };
  });
}

/** The batches of one epoch (0-based) over a task's whole training split. */
export function trainingBatches(task: Task, batchSize: number, seed: number, epoch: number): AsyncGenerator<TrainingBatch> {
  return epochBatches(task, task.train, allPositions(task.train.size), batchSize, seed, ['task', task.index, 'train', epoch]);
}

/** Positions 0..n-1. */
export const allPositions = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/** A whole split in blocks of `size`, raw. */
export async function* blocks(split: Split, size: number): AsyncGenerator<Examples> {
  for (let start = 0; start < split.size; start += size) {
    yield await split.read(Int32Array.from({ length: Math.min(size, split.size - start) }, (_, i) => start + i));
  }
}
