import { tf, type Tensor } from '../../nn/backend.js';
import { solvePositiveDefinite } from '../../nn/positive-definite.js';
import { ClosedForm } from '../on-features/closed-form.js';
import { transpose, type LinearClassifier } from '../on-features/linear-classifier.js';
import type { Totals } from '../on-features/method.js';
import { lowerHalf } from '../on-features/second-moment.js';
import { parseOptions } from '../options.js';
import type { Strategy } from '../strategy.js';
import { checkMemory } from './check-memory.js';
import { ranpacOptionsSchema, type RanpacOptions } from './options.js';
import { projection, randomFeatures } from './projection.js';
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
    solve: (totals) => regression(totals, ridge === 'validation' ? leastLoss(totals.losses) : ridge),
  });
}

function leastLoss(losses: readonly number[]): number {
  const least = Math.min(...losses);
  return ridges[losses.indexOf(least)] ?? 1;
}

function regression({ classes: { names, size, sums }, moment }: Totals, ridge: number): LinearClassifier {
  if (!moment) throw new RangeError('a second moment expected');
  const [g, q] = [lowerHalf(moment), tf.tensor2d(transpose(sums, size), [size, names.length])];
  try {
    const w = solvePositiveDefinite(g, ridge, q);
    const weights = w.dataSync<'float32'>();
    w.dispose();
    return { names, weights, bias: new Float32Array(names.length) };
  } finally {
    tf.dispose([g, q]);
  }
}
