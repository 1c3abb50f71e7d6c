import type { InputValues } from '../../core/input.js';
import { frozenExpert } from '../../experts/frozen-expert.js';
import type { Head } from '../../experts/vectors.js';
import type { FitVectors } from '../../nn/fit.js';
import { headLayout } from '../../nn/head.js';
import type { Predictions } from '../strategy.js';
import type { TrainingContext } from './method.js';

/** Logits of all heads that trained, side by side, of a network that is trained, for normalized inputs. */
export function trainedLogits({ task, expert, heads, steps }: TrainingContext, trained: FitVectors, inputs: InputValues): Predictions {
  const { network } = expert;
  const size = network.declaration.parameters.size;
  let offset = size;
  const vectors = heads.map((classes): Head => {
    const start = offset;
    offset += headLayout(network.featureSize, classes).size;
    return { classes, vector: trained.weights.slice(start, offset) };
  });
  const frozen = frozenExpert(network, steps, { parameters: trained.weights.slice(0, size), statistics: trained.statistics }, task);
  return { classes: heads.reduce((total, count) => total + count, 0), logits: frozen.logits(inputs, vectors) };
}
