import type { FeatureExtractor } from '../../core/features.js';
import { random } from '../../core/random.js';
import type { Task } from '../../core/task.js';
import { blocks } from '../../experts/training/batches.js';
import { concatenate } from '../../experts/training/rows.js';

/** Examples that go through the extractor at once. */
const block = 128;

/** Features of some of a task's training examples. */
export interface TaskFeatures {
  /** `[n, D]` */
  readonly features: Float32Array;
  /** `[n]` */
  readonly labels: Int32Array;
}

/** Features of at most `most` training examples of a task, drawn by the seed, in the order of the data. */
export async function taskFeatures(task: Task, extractor: FeatureExtractor, seed: number, most: number): Promise<TaskFeatures> {
  const positions = random(seed, 'task', task.index, 'gate').permutation(task.train.size).slice(0, most).sort();
  const all = await task.train.labels();
  const labels = positions.map((at) => all[at] ?? 0);
  const part = {
    size: positions.length,
    labels: () => Promise.resolve(labels),
    read: (at: Int32Array) => task.train.read(at.map((i) => positions[i] ?? 0)),
  };
  const parts: Float32Array[] = [];
  for await (const examples of blocks(part, block)) parts.push(await extractor.extract(examples));
  return { features: concatenate(...parts), labels };
}
