import { LifelongError } from './errors.js';
import type { FeatureExtractor } from './features.js';
import type { RecordedExtractor } from './run-record.js';

/** Refuses another extractor than the learned tasks of its domain were measured with, if there are any. @throws LifelongError `data`, with this hint */
export function checkExtractor(found: FeatureExtractor, expected: RecordedExtractor | undefined, hint: string): void {
  if (!expected) return;
  const same = expected.sha256 === null ? found.name === expected.name && found.sha256 === null : found.sha256 === expected.sha256;
  if (!same) {
    throw new LifelongError('data', `features ${describe(expected)} expected, as the run was made with, found ${describe(found)}`, hint);
  }
  if (sameNormalization(found, expected)) return;
  const what = (normalization: unknown) => (normalization ? 'columns standardized' : 'columns as they are');
  throw new LifelongError(
    'data',
    `features ${found.name}: ${what(expected.normalization)} as in the run expected, found ${what(found.normalization)}${found.normalization ? ' otherwise' : ''}`,
    hint,
  );
}

const describe = ({ name, sha256 }: Pick<FeatureExtractor, 'name' | 'sha256'>) =>
  sha256 === null ? name : `${name} with sha256 ${sha256}`;

/** Whether two extractors standardize what they are given by the same statistics, or neither does. */
export function sameNormalization(
  { normalization: a }: Pick<FeatureExtractor, 'normalization'>,
  { normalization: b }: Pick<FeatureExtractor, 'normalization'>,
): boolean {
  return JSON.stringify([a?.mean, a?.std]) === JSON.stringify([b?.mean, b?.std]);
}
