import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import { formatInput, sameInput } from '../core/input.js';
import type { RunRecord, TaskRecord } from '../core/run-record.js';
import { lengthOf } from '../data/array-split.js';
import { unlabelledInputs, type UserInputs } from '../data/user-inputs.js';
import { domainOf } from '../domains/registry.js';
import { loadExtractor } from '../features/registry.js';
import type { Strategy } from '../strategies/strategy.js';
import { checkExtractor } from '../core/check-extractor.js';
import { identify, type Candidate, type Identification } from './identify.js';

/** Examples that go through the extractor at once. */
const block = 128;

/** Finds the learned tasks that raw inputs belong to, by the class prototypes that the run keeps. See {@link Identification}. */
export async function findTasks(
  inputs: UserInputs,
  path: string,
  record: RunRecord,
  strategy: Strategy,
  given?: string | FeatureExtractor,
): Promise<Identification[]> {
  const candidates = candidatesOf(path, record, strategy);
  const { input, scale } = record.tasks[0] as TaskRecord; // there is one: it is among the candidates
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
      found.push(...identify(await extractor.extract({ inputs: part, shape, labels }), candidates));
    }
    return found;
  } finally {
    if (extractor !== wanted) extractor.dispose();
  }
}

/** The learned tasks with their prototypes. @throws LifelongError `usage` where they cannot be compared */
export function candidatesOf(path: string, { tasks, strategy: { name, options } }: RunRecord, strategy: Strategy): Candidate[] {
  const hint = 'say which task it is: predict --task ID';
  if (!strategy.prototypes) {
    throw new LifelongError('usage', `${path}: ${name} keeps no class prototypes, so the task of an example cannot be found`, hint);
  }
  const inputs = tasks.map(({ input }) => input);
  const different = inputs.filter((input, i) => i === inputs.findIndex((other) => sameInput(other, input)));
  if (different.length !== 1) {
    const found = different.map(formatInput).join(', ') || 'no task';
    throw new LifelongError('usage', `${path}: learned tasks with inputs of one shape expected to choose from, found ${found}`, hint);
  }
  const comparable = (options['estimator'] ?? 'nearest-prototype') === 'nearest-prototype';
  return tasks.map((task) => ({
    id: task.id,
    prototypes: strategy.prototypes?.(task) as Candidate['prototypes'],
    margin: comparable && typeof task.decision?.noiseFloor === 'number' ? task.decision.noiseFloor / task.classes.length : null,
  }));
}
