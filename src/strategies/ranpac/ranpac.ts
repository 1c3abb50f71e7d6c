import { tf, type Tensor } from '../../nn/backend.js';
import { ClosedForm } from '../on-features/closed-form.js';
import { parseOptions } from '../options.js';
import type { Strategy } from '../strategy.js';
import { checkMemory } from './check-memory.js';
import { ranpacOptionsSchema, type RanpacOptions } from './options.js';
import { projection, randomFeatures } from './projection.js';
import { regression } from './regression.js';
import { ridgeLosses, ridges } from './ridge-losses.js';

/**
 * Ridge regression on random features of frozen features (McDonnell et al. 2023, "RanPAC: random projections and pre-trained models for continual
 * learning"): h = relu(f R), G = sum h h', Q = sum h y', W = (G + lambda I)^-1 Q.
 *
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * learn(stream, ranpac({ projection: 4000 }), { run: 'checkpoints/ranpac', features: 'efficientnet-lite0' });
 */
export function ranpac(options: Partial<RanpacOptions> = {}): Strategy {
  const settings = parseOptions('ranpac', ranpacOptionsSchema, options);
  const { projection: size, ridge, standardization } = settings;
  let matrix: { readonly key: string; readonly values: Float32Array } | undefined;
  const matrixFor = (features: number, seed: number) => {
    const key = `${features} ${seed}`;
    if (matrix?.key !== key) matrix = { key, values: projection(features, size, seed) };
    return matrix.values;
  };
  return new ClosedForm('ranpac', settings, {
    standardization,
    affine: false,
    seeded: true,
    keepsMoment: true,
    keepsHeldOut: false,
    rowSize(features) {
      checkMemory(size, features);
      return size;
    },
    lift: (rows, features, seed) => randomFeatures(rows, features, matrixFor(features, seed)),
    rows: (features, seed) => ({
      key: `random features ${size}`,
      size,
      weights: { name: 'projection', shape: [features, size], values: matrixFor(features, seed) },
      apply: (rows, weights) => tf.relu(tf.matMul(rows, weights as Tensor)),
    }),
    ...(ridge === 'validation' && { losses: ridgeLosses }),
    solve: (totals) => regression(totals, ridge === 'validation' ? fromLeastLoss(totals.losses) : [ridge]),
  });
}

/** The ridge of the least loss, and the larger ones. */
function fromLeastLoss(losses: readonly number[]): readonly number[] {
  return losses.length === 0 ? [1] : ridges.slice(losses.indexOf(Math.min(...losses)));
}
