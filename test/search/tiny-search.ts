import { createHash } from 'node:crypto';
import type { Input } from '../../src/core/input.js';
import { random } from '../../src/core/random.js';
import type { Task } from '../../src/core/task.js';
import { arraySplit } from '../../src/data/array-split.js';
import type { Search } from '../../src/search/search.js';
import { parOptionsSchema, type ParOptions } from '../../src/strategies/par/options.js';
import type { LearnContext } from '../../src/strategies/strategy.js';

/** A task of three classes of small noisy images, augmented and normalized. */
export function tinySearchTask(size = 72): Task {
  const input: Input = { domain: 'image', shape: [6, 6, 1], dtype: 'float32' };
  const source = random(5, 'tiny search');
  const labels = Int32Array.from({ length: size }, (_, i) => i % 3);
  const inputs = Float32Array.from({ length: size * 36 }, (_, i) => 0.3 * source.uniform() + 0.2 * ((Math.floor(i / 36) * 7 + i) % 3));
  const split = arraySplit(input.shape, inputs, labels);
  return {
    ...{ id: 'tiny', index: 0, name: 'tiny', classes: ['a', 'b', 'c'], input },
    normalization: { mean: [0.35], std: [0.2] },
    augment: [{ kind: 'crop', padding: 1 }],
    ...{ train: split, validation: split, test: split },
  };
}

export function tinySearchOptions(options: Partial<ParOptions> = {}): ParOptions {
  return parOptionsSchema.parse({ channels: 2, cells: 2, samples: 5, batchSize: 16, engine: 'eager', ...options });
}

export function searchContext(context: Partial<LearnContext> = {}): LearnContext {
  const features = {
    name: 'none',
    sha256: null,
    size: () => 0,
    extract: () => Promise.resolve(new Float32Array(0)),
    dispose: () => undefined,
  };
  return { seed: 7, features, workers: 0, ...context };
}

/** The whole state of a search as one text: equal exactly when every number of it is. Seconds are left out. */
export function stateOf({ progress }: Pick<Search, 'progress'>): string {
  const { state, arrays } = progress();
  const groups = Object.entries(arrays).map(([group, weights]) => {
    const hash = createHash('sha256');
    for (const [name, { data }] of Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(name).update(data);
    return [group, hash.digest('hex')];
  });
  return JSON.stringify([state, groups], (key, value: unknown) => (key === 'seconds' ? undefined : value));
}

/** Lets a search go on to its end: the accuracy of each sample, the state after it. */
export async function finishSearch(search: Search): Promise<{ accuracies: number[]; states: string[] }> {
  const accuracies: number[] = [];
  const states: string[] = [];
  try {
    for (let report = await search.next(); report; report = await search.next()) {
      accuracies.push(report.accuracy);
      states.push(stateOf(search));
    }
  } finally {
    search.close();
  }
  return { accuracies, states };
}
