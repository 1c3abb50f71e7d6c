import { LifelongError, nearestName } from '../core/errors.js';
import { cka } from './cka.js';
import { cosine } from './cosine.js';
import { divergences, type Estimator } from './divergence.js';
import { gaussianKl } from './gaussian-kl.js';

export const estimatorNames = ['nearest-prototype', 'cosine', 'gaussian-kl', 'cka'] as const;
export type EstimatorName = (typeof estimatorNames)[number];

const estimators: Readonly<Record<EstimatorName, Estimator>> = {
  'nearest-prototype': divergences,
  cosine,
  'gaussian-kl': gaussianKl,
  cka,
};

/** @throws LifelongError `config` for an unknown name, with the nearest one */
export function estimator(name: string): Estimator {
  const known = estimatorNames.find((candidate) => candidate === name);
  if (known !== undefined) return estimators[known];
  const nearest = nearestName(name, estimatorNames);
  throw new LifelongError(
    'config',
    `estimator: one of ${estimatorNames.join(', ')} expected, found "${name}"`,
    nearest === undefined ? undefined : `did you mean ${nearest}?`,
  );
}
