import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import { lengthOf } from '../data/array-split.js';
import { unlabelledInputs, type UserInputs } from '../data/user-inputs.js';
import { domainOf } from '../domains/registry.js';
import { loadExtractor } from '../features/registry.js';
import { recordedTasks } from '../strategies/recorded-tasks.js';
import type { Strategy } from '../strategies/strategy.js';
import { checkExtractor } from '../core/check-extractor.js';
import type { Identification } from '../difficulty/identify.js';
import type { TaskFinder } from '../difficulty/task-finder.js';

/** Examples that go through the extractor at once. */
const block = 128;

/** Finds the learned tasks that raw inputs belong to, by what the run keeps to tell them apart. See {@link Identification}. */
export async function findTasks(
  inputs: UserInputs,
  path: string,
  record: RunRecord,
  strategy: Strategy,
  given?: string | FeatureExtractor,
): Promise<Identification[]> {
  const finder = recordedFinder(path, record, strategy);
  const { input, scale } = record.tasks[0] as TaskRecord; // there is one: it can be found
  const { shape } = input;
  const length = lengthOf(shape);
  const values = unlabelledInputs(inputs, input, path, scale);
  const expected = record.features.used[input.domain];
  const wanted = given ?? expected?.name ?? domainOf(input).features;
  const extractor = typeof wanted === 'string' ? await loadExtractor(wanted, { normalization: expected?.normalization ?? null }) : wanted;
  try {
    checkExtractor(extractor, expected, 'give the extractor that the run was made with, or say which task it is');
    const found: Identification[] = [];
    for (let start = 0; start < values.length; start += block * length) {
      const part = values.subarray(start, start + block * length);
      const labels = new Int32Array(part.length / length);
      found.push(...finder.identify(await extractor.extract({ inputs: part, shape, labels })));
    }
    return found;
  } finally {
    if (extractor !== wanted) extractor.dispose();
  }
}

/** What finds the run's tasks. @throws LifelongError `usage` where they cannot be told apart */
export function recordedFinder(path: string, record: RunRecord, strategy: Strategy): TaskFinder {
  const finder = recordedTasks(record, strategy);
  if (typeof finder !== 'string') return finder;
  throw new LifelongError('usage', `${path}: ${finder}`, 'say which task it is: predict --task ID');
}
