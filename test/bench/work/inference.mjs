// Frozen features of one batch. Answers with the first image's.
import { tf } from '../../../dist/nn/backend.js';
import { compile } from '../../../dist/nn/compile/compile.js';
import { splitWeights } from '../../../dist/nn/layout.js';
import { featureStep } from '../../../dist/nn/steps.js';
import { cells, expert, genotype } from './expert.mjs';
import { plainFeatures } from './plain-expert.mjs';

export function compiled(options) {
  const { network, weights, statistics, x } = expert(options);
  const step = compile(featureStep(network));
  const inputs = { weights: tf.tensor1d(weights), statistics: tf.tensor1d(statistics), x };
  return () => firstRow(step.run(inputs).features, network.featureSize);
}

export function plain(options) {
  const { network, weights, statistics, x } = expert(options);
  const { parameters, statistics: running } = network.declaration;
  const tensors = new Map([...splitWeights(parameters, tf.tensor1d(weights)), ...splitWeights(running, tf.tensor1d(statistics))]);
  const weight = (name) => tensors.get(name);
  const norm = (name, input) =>
    tf.batchNorm(
      input,
      weight(`${name}.running_mean`),
      weight(`${name}.running_var`),
      weight(`${name}.bias`),
      weight(`${name}.weight`),
      1e-5,
    );
  return () =>
    firstRow(
      tf.tidy(() => plainFeatures(genotype, cells, weight, norm, x)),
      network.featureSize,
    );
}

function firstRow(features, length) {
  const row = Array.from(features.dataSync().subarray(0, length));
  features.dispose();
  return row;
}
