import type { Input } from '../../core/input.js';
import { random } from '../../core/random.js';
import type { Split, Task } from '../../core/task.js';
import { arraySplit, lengthOf } from '../../data/array-split.js';

/** The images of {@link checkTasks}. */
const input: Input = { domain: 'image', shape: [8, 8, 1], dtype: 'float32' };

/** `count` small tasks of two classes each, made up: images of a random pattern for each class under noise, the same on every call. */
export function checkTasks(count: number): readonly Task[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `task ${String.fromCharCode(97 + index)}`;
    return {
      id,
      index,
      name: id,
      classes: [`${id}: first`, `${id}: second`],
      input,
      normalization: { mean: [0.5 + 0.01 * index], std: [0.3] },
      augment: [],
      train: noisyPatterns(index, 'train', 22),
      validation: noisyPatterns(index, 'validation', 6),
      test: noisyPatterns(index, 'test', 10),
    };
  });
}

function noisyPatterns(task: number, part: string, count: number): Split {
  const length = lengthOf(input.shape);
  const patterns = [0, 1].map((c) => {
    const source = random(0, 'check', task, 'pattern', c);
    return Float32Array.from({ length }, () => (source.uniform() < 0.5 ? 0.2 : 0.8));
  });
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const noise = random(0, 'check', task, part);
  const inputs = Float32Array.from({ length: count * length }, (_, i) => {
    const mean = patterns[Math.floor(i / length) % 2]?.[i % length] ?? 0;
    return Math.min(1, Math.max(0, mean + 0.1 * noise.normal()));
  });
  return arraySplit(input.shape, inputs, labels);
}
