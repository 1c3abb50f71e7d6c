import { ClosedForm } from '../on-features/closed-form.js';
import { transpose } from '../on-features/linear-classifier.js';
import type { ClosedFormMethod } from '../on-features/method.js';
import { unitLength } from '../on-features/row-network.js';
import { toUnitLength } from '../on-features/standardization.js';
import { classMeans } from '../on-features/sums.js';
import { parseOptions } from '../options.js';
import type { Strategy } from '../strategy.js';
import { ncmOptionsSchema, type NcmOptions } from './options.js';

/**
 * Nearest class mean on frozen features (Janson et al. 2022, "A simple baseline that questions the use of pretrained models for continual learning";
 * the cosine form is SimpleCIL, Zhou et al. 2023). A logit is x'mu - |mu|²/2, which is minus half the squared distance but for a term that all
 * classes share; or the cosine of x and mu.
 *
 * @throws LifelongError `config` for an option that does not exist or cannot have that value
 * @example
 * learn(stream, ncm({ distance: 'cosine' }), { run: 'checkpoints/ncm', features: 'efficientnet-lite0' });
 */
export function ncm(options: Partial<NcmOptions> = {}): Strategy {
  const settings = parseOptions('ncm', ncmOptionsSchema, options);
  return new ClosedForm(
    'ncm',
    settings,
    settings.distance === 'cosine' ? { ...nearestMean(settings), ...byCosine } : nearestMean(settings),
  );
}

const nearestMean = ({ standardization }: NcmOptions): ClosedFormMethod => ({
  standardization,
  affine: standardization !== 'length',
  seeded: false,
  keepsMoment: false,
  keepsHeldOut: false,
  rowSize: (features) => features,
  lift: (rows) => rows,
  solve: ({ classes }) => {
    const means = classMeans(classes);
    return { names: classes.names, weights: transpose(means, classes.size), bias: halfSquares(means, classes.size) };
  },
});

const byCosine: Pick<ClosedFormMethod, 'question' | 'rows' | 'solve'> = {
  question: (rows, size) => toUnitLength(rows, size, 1),
  rows: (size) => ({ key: 'unit length', size, apply: unitLength }),
  solve: ({ classes }) => {
    const means = toUnitLength(classMeans(classes), classes.size, 1);
    return { names: classes.names, weights: transpose(means, classes.size), bias: new Float32Array(classes.names.length) };
  },
};

/** -|mu|²/2 of each class, `[C]`. */
const halfSquares = (means: Float32Array, size: number): Float32Array =>
  Float32Array.from(
    { length: means.length / size },
    (_, c) => -means.subarray(c * size, (c + 1) * size).reduce((sum, value) => sum + value * value, 0) / 2,
  );
