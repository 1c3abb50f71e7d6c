import { readFileSync } from 'node:fs';
import { URL } from 'node:url';
import { random } from '../../../dist/core/random.js';
import { tf } from '../../../dist/nn/backend.js';
import { headLayout } from '../../../dist/nn/head.js';
import { initialValues } from '../../../dist/nn/layout.js';
import { expertNetwork } from '../../../dist/nn/network.js';

export const classes = 10;
export const cells = 4;
export const learningRate = 0.01;
export const rule = { momentum: 0.9, weightDecay: 0.003, clip: 10 };

const sizes = JSON.parse(readFileSync(new URL('../../fixtures/golden/expert-sizes.json', import.meta.url), 'utf8'));
const [normal, reduce] = sizes.genotypes.a;
export const genotype = { normal, reduce, normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5] };

/**
 * The expert that all variants measure, where it starts from, and one batch of noise: the same numbers in every process.
 *
 * @param {{ channels: number, batch: number, size: number }} options
 */
export function expert({ channels, batch, size }) {
  const network = expertNetwork({ genotype, channels, cells, inputShape: [size, size, 3] });
  const head = headLayout(network.featureSize, classes);
  const { parameters, statistics } = network.declaration;
  const source = random(0, 'bench', 'batch');
  return {
    network,
    head,
    weights: initialValues(parameters, random(0, 'bench', 'expert')),
    headWeights: initialValues(head, random(0, 'bench', 'head')),
    statistics: initialValues(statistics, random(0, 'bench', 'statistics')),
    x: tf.tensor(
      Float32Array.from({ length: batch * size * size * 3 }, () => source.normal()),
      [batch, size, size, 3],
    ),
    labels: Int32Array.from({ length: batch }, () => source.integer(classes)),
  };
}
