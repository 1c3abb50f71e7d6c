import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { RecordedExtractor } from '../core/run-record.js';

/** Refuses another extractor than the learned tasks of its domain were measured with, if there are any. @throws LifelongError `data`, with this hint */
export function checkExtractor(found: FeatureExtractor, expected: RecordedExtractor | undefined, hint: string): void {
  if (!expected) return;
  const same = expected.sha256 === null ? found.name === expected.name : found.sha256 === expected.sha256;
  if (same) return;
  const describe = ({ name, sha256 }: Pick<FeatureExtractor, 'name' | 'sha256'>) =>
    sha256 === null ? name : `${name} with sha256 ${sha256}`;
  throw new LifelongError('data', `features ${describe(expected)} expected, as the run was made with, found ${describe(found)}`, hint);
}
