import { random } from '../../src/core/random.js';
import type { UserTask } from '../../src/streams/array-task.js';

/** Small images: class c of a task is a pattern of its own under noise, so that a small expert learns it in a few epochs. */
export interface TinyOptions {
  readonly classes?: number;
  readonly train?: number;
  readonly test?: number;
  readonly size?: number;
  readonly channels?: number;
  readonly noise?: number;
  /** Draws other samples of the same patterns. */
  readonly sample?: number;
}

/** A task of tiny images whose patterns follow from `pattern`. */
export function tinyTask(id: string, pattern: number, options: TinyOptions = {}): UserTask {
  const { classes = 2, train = 40, test = 20, size = 8, channels = 1, noise = 0.2, sample = 0 } = options;
  const length = size * size * channels;
  const patterns = Array.from({ length: classes }, (_, c) => {
    const source = random(1, 'pattern', pattern, c);
    return Float32Array.from({ length }, () => (source.uniform() < 0.5 ? 0.2 : 0.8));
  });
  const part = (name: string, count: number) => {
    const source = random(2, name, id, pattern, sample);
    const inputs = new Float32Array(count * length);
    const labels: string[] = [];
    for (let i = 0; i < count; i++) {
      const c = i % classes;
      labels.push(`${id}-class${c}`);
      for (let j = 0; j < length; j++) inputs[i * length + j] = Math.min(1, Math.max(0, (patterns[c]?.[j] ?? 0) + noise * source.normal()));
    }
    return { inputs, labels };
  };
  return { id, train: part('train', train), test: part('test', test), inputShape: [size, size, channels] };
}

/** Options of PAR that make a run over tiny tasks last a moment. */
export const tinyPar = { channels: 2, cells: 3, epochs: 2, samples: 2, batchSize: 16, engine: 'eager' } as const;
