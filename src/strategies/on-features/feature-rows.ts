import { LifelongError } from '../../core/errors.js';
import type { FeatureExtractor } from '../../core/features.js';
import type { Split, Task } from '../../core/task.js';
import { blocks } from '../../experts/training/batches.js';
import { concatenate } from '../../experts/training/rows.js';

/** Examples that go through the extractor at once: as many as elsewhere, so that features kept on disk serve every strategy. */
const extracted = 128;

/** Examples whose features are worked on at once. */
export const blockSize = 8 * extracted;

/** Features of some examples, raw. */
export interface FeatureRows {
  /** `[n, D]`, row-major. */
  readonly rows: Float32Array;
  /** `[n]` */
  readonly labels: Int32Array;
}

/**
 * Features of a part of a task, in blocks.
 *
 * @param from position of the first example, a multiple of `size`
 * @param size examples of a block, a multiple of 128
 * @throws LifelongError `data` for a feature that is not finite
 */
export async function* featureRows(
  { id }: Pick<Task, 'id'>,
  split: Split,
  features: FeatureExtractor,
  size = blockSize,
  from = 0,
): AsyncGenerator<FeatureRows> {
  for (let start = from; start < split.size; start += size) {
    const end = Math.min(start + size, split.size);
    const part = partOf(split, start, end);
    const rows: Float32Array[] = [];
    const labels: number[] = [];
    for await (const examples of blocks(part, extracted)) {
      rows.push(await features.extract(examples));
      labels.push(...examples.labels);
    }
    yield checked({ rows: concatenate(...rows), labels: Int32Array.from(labels) }, id, features.name);
  }
}

/** Features of a whole part. @throws as {@link featureRows} */
export async function allFeatureRows(task: Pick<Task, 'id'>, split: Split, features: FeatureExtractor): Promise<FeatureRows> {
  const rows: Float32Array[] = [];
  const labels: number[] = [];
  for await (const block of featureRows(task, split, features)) {
    rows.push(block.rows);
    labels.push(...block.labels);
  }
  return { rows: concatenate(...rows), labels: Int32Array.from(labels) };
}

/** The examples of a split from one position up to another. */
export const partOf = (split: Split, from: number, to: number): Split => ({
  size: to - from,
  labels: async () => (await split.labels()).slice(from, to),
  read: (at) => split.read(at.map((i) => i + from)),
});

function checked(block: FeatureRows, task: string, extractor: string): FeatureRows {
  // A sum that is finite is one of finite numbers; the other way it takes one look more.
  let sum = 0;
  for (let i = 0; i < block.rows.length; i++) sum += block.rows[i] as number;
  if (Number.isFinite(sum)) return block;
  const at = block.rows.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return block;
  const row = Math.floor(at / (block.rows.length / block.labels.length));
  throw new LifelongError(
    'data',
    `task ${task}: finite features of ${extractor} expected, found ${String(block.rows[at])} in an example of class ${block.labels[row] ?? -1}`,
    'look at the inputs for values that are not numbers or extreme',
  );
}
