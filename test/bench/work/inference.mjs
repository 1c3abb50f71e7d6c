// Frozen features of one batch. Answers with the first image's.
import { tf } from '../../../dist/nn/backend.js';
import { compile } from '../../../dist/nn/compile/compile.js';
import { featureStep } from '../../../dist/nn/steps.js';
import { cells, expert, genotype } from './expert.mjs';
import { plainExpert } from './plain-expert.mjs';

export function compiled(options) {
  const { network, weights, statistics, x } = expert(options);
  const step = compile(featureStep(network));
  const inputs = { weights: tf.tensor1d(weights), statistics: tf.tensor1d(statistics), x };
  return () => firstRow(step.run(inputs).features, network.featureSize);
}

export function plain(options) {
  const { network, weights, statistics, x } = expert(options);
  const { features } = plainExpert({ network, genotype, cells, weights, statistics });
  return () => firstRow(features(x), network.featureSize);
}

function firstRow(features, length) {
  const row = Array.from(features.dataSync().subarray(0, length));
  features.dispose();
  return row;
}
