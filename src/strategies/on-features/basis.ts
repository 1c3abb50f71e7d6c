import { checkExtractor } from '../../core/check-extractor.js';
import { LifelongError } from '../../core/errors.js';
import type { FeatureExtractor } from '../../core/features.js';
import { recordedExtractor } from '../../core/recorded-extractor.js';
import type { RecordedExtractor } from '../../core/run-record.js';
import type { Task } from '../../core/task.js';
import { featureRows } from './feature-rows.js';
import { asLearned } from './held-extractor.js';
import type { ClosedFormMethod } from './method.js';
import { measureStandardization, standardize, toUnitLength, type Standardization, type StandardizationMode } from './standardization.js';

/** What is the same for all tasks of a run, from the first one on. */
export interface Basis {
  readonly extractor: RecordedExtractor;
  /** Of the first task; undefined where features are made comparable in another way, such as by the extractor itself. */
  readonly standardization: Standardization | undefined;
  /** What rules a random projection; 0 where nothing does. */
  readonly seed: number;
}

/** The basis that a first task lays. */
export async function basisFor(
  task: Task,
  features: FeatureExtractor,
  { standardization, seeded }: Pick<ClosedFormMethod, 'standardization' | 'seeded'>,
  seed: number,
): Promise<Basis> {
  const extractor = recordedExtractor(features, task.input.shape);
  const standardizes = standardization === 'first-task' && !extractor.normalization;
  return {
    extractor,
    standardization: standardizes ? await measured(task, features, extractor.size) : undefined,
    seed: seeded ? seed : 0,
  };
}

async function measured(task: Task, features: FeatureExtractor, size: number): Promise<Standardization> {
  const statistics = measureStandardization(size);
  for await (const { rows } of featureRows(task, task.train, features)) statistics.add(rows);
  return statistics.result(features.sha256 !== null);
}

/** @throws LifelongError `data` for another extractor, or inputs whose features have another length */
export function checkFits(id: string, inputShape: readonly number[], features: FeatureExtractor, { extractor }: Basis): void {
  checkExtractor(features, extractor, asLearned);
  const size = features.size(inputShape);
  if (size === extractor.size) return;
  throw new LifelongError(
    'data',
    `task ${id}: ${extractor.size} features of an example expected, as in the first task, found ${size}`,
    'give inputs of one shape, or an extractor whose features have one length',
  );
}

/** Raw features as the first step of every method wants them, `[n, D]`. */
export function comparable(rows: Float32Array, { extractor: { size }, standardization }: Basis, mode: StandardizationMode): Float32Array {
  if (mode === 'length') return toUnitLength(rows, size);
  return standardization ? standardize(rows, standardization) : rows;
}

/** Raw features `[n, D]` as the method sums them, `[n, M]`. */
export function prepareRows(rows: Float32Array, basis: Basis | undefined, method: ClosedFormMethod): Float32Array {
  if (!basis) throw new RangeError('a basis expected');
  return method.lift(comparable(rows, basis, method.standardization), basis.extractor.size, basis.seed);
}
