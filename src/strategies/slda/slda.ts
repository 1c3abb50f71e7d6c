import { tf } from '../../nn/backend.js';
import { solvePositiveDefinite } from '../../nn/positive-definite.js';
import { ClosedForm } from '../on-features/closed-form.js';
import type { LinearClassifier } from '../on-features/linear-classifier.js';
import { transpose } from '../on-features/linear-classifier.js';
import type { Totals } from '../on-features/method.js';
import { classMeans } from '../on-features/sums.js';
import { parseOptions } from '../options.js';
import type { Strategy } from '../strategy.js';
import { chooseShrinkage } from './choose-shrinkage.js';
import { sldaOptionsSchema, type SldaOptions } from './options.js';
import { withinScatter } from './within-scatter.js';

/**
 * Linear discriminant analysis with one covariance S of all classes, from sums (Hayes & Kanan 2020, "Lifelong machine learning with deep streaming
 * linear discriminant analysis"): W = (S + e I)^-1 mu, b = -mu'W / 2.
 *
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * learn(stream, slda({ shrinkage: 0.01 }), { run: 'checkpoints/slda', features: 'efficientnet-lite0' });
 */
export function slda(options: Partial<SldaOptions> = {}): Strategy {
  const settings = parseOptions('slda', sldaOptionsSchema, options);
  return new ClosedForm('slda', settings, {
    standardization: settings.standardization,
    affine: settings.standardization !== 'length',
    seeded: false,
    keepsMoment: true,
    keepsHeldOut: settings.shrinkage === 'validation',
    rowSize: (features) => features,
    lift: (rows) => rows,
    solve: (totals) => discriminants(totals, settings.shrinkage),
  });
}

function discriminants({ classes, moment, heldOut }: Totals, given: SldaOptions['shrinkage']): LinearClassifier {
  if (!moment) throw new RangeError('a second moment expected');
  const { names, size } = classes;
  const means = classMeans(classes);
  const covariance = withinScatter({ classes, moment }, means);
  const scatter = heldOut && withinScatter(heldOut, means);
  const mu = tf.tensor2d(transpose(means, size), [size, names.length]);
  try {
    const shrinkage = given === 'validation' ? chooseShrinkage(covariance, scatter) : given;
    const w = solvePositiveDefinite(covariance, shrinkage, mu);
    const b = tf.tidy(() => tf.mul(tf.sum(tf.mul(w, mu), 0), -0.5));
    const classifier = { names, weights: w.dataSync<'float32'>(), bias: b.dataSync<'float32'>() };
    tf.dispose([w, b]);
    return classifier;
  } finally {
    tf.dispose([covariance, mu, ...(scatter ? [scatter] : [])]);
  }
}
