// A network with dropout on its features, for test/bench/ensembles.mjs: trained with masks, and answered by the mean over masks (Gal & Ghahramani, "Dropout as a Bayesian
// Approximation", ICML 2016).
import { random } from '../../../dist/index.js';
import { sharedNetwork, tf } from '../../../dist/extend.js';
import { inferFeatures, inferLogits } from '../../../dist/nn/inference.js';
import { createStepCache } from '../../../dist/nn/step-cache.js';
import { trainingStep } from '../../../dist/nn/training-step.js';
import { normalize } from '../../../dist/experts/training/batches.js';
import { ownBatches } from '../../../dist/strategies/shared/training-batches.js';

/** n x width numbers, 0 with probability `rate` and else 1 / (1 - rate). */
const maskOf = (count, rate, source) => Float32Array.from({ length: count }, () => (source.uniform() < rate ? 0 : 1 / (1 - rate)));

/** `independent` with dropout behind the last batch norm. */
export function dropoutNetwork(settings, architecture, rate) {
  return sharedNetwork('dropout', settings, architecture, {
    separate: true,
    plan(training) {
      const { expert, heads, rule, seed, task } = training;
      const { network } = expert;
      const step = {
        key: `dropout ${rate} ${network.key} ${JSON.stringify({ heads, rule })}`,
        frozen: network.frozen,
        build: () => (inputs) => {
          const dropped = {
            ...network,
            train(...given) {
              const pass = network.train(...given);
              return { ...pass, features: tf.mul(pass.features, inputs.mask) };
            },
          };
          return trainingStep(dropped, heads, rule)(inputs);
        },
      };
      return {
        step,
        async *batches(epoch) {
          const source = random(seed, 'task', task.index, 'dropout', epoch);
          for await (const batch of ownBatches(training, epoch)) {
            const shape = [batch.size, network.featureSize];
            yield { ...batch, more: { ...batch.more, mask: { shape, data: maskOf(shape[0] * shape[1], rate, source) } } };
          }
        },
      };
    },
  });
}

/** Logits of `samples` masks, `[n, samples, classes]`. */
export function dropoutLogits({ network, parameters, statistics, head }, task, { inputs, labels }, rate, samples, seed) {
  const steps = createStepCache('eager');
  const tensors = [tf.tensor1d(parameters), tf.tensor1d(statistics)];
  const seen = normalize(inputs, task.normalization);
  const features = inferFeatures(network, steps, ...tensors, seen, task.input.shape, 1);
  tf.dispose(tensors);
  steps.dispose();
  const [n, size, classes] = [labels.length, network.featureSize, task.classes.length];
  const source = random(seed, 'masks');
  const logits = new Float32Array(n * samples * classes);
  for (let k = 0; k < samples; k++) {
    const mask = maskOf(features.length, rate, source);
    const rows = inferLogits(
      { featureSize: size },
      features.map((value, i) => value * mask[i]),
      head,
      classes,
    );
    for (let i = 0; i < n; i++) logits.set(rows.subarray(i * classes, (i + 1) * classes), (i * samples + k) * classes);
  }
  return logits;
}
