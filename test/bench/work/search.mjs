// One sample of a search beside as many steps of an expert: an epoch of full batches on one half of the data, accuracy on the other. Answers with
// the accuracy.
import { random } from '../../../dist/core/random.js';
import { arraySplit } from '../../../dist/data/array-split.js';
import { epochBatches } from '../../../dist/experts/training/batches.js';
import { accuracyOn } from '../../../dist/experts/training/validation.js';
import { createFit } from '../../../dist/nn/fit.js';
import { headLayout } from '../../../dist/nn/head.js';
import { initialValues } from '../../../dist/nn/layout.js';
import { expertNetwork } from '../../../dist/nn/network.js';
import { createStepCache } from '../../../dist/nn/step-cache.js';
import { trainingDefinition } from '../../../dist/nn/training-step.js';
import { parOptionsSchema } from '../../../dist/strategies/par/options.js';
import { searchFor } from '../../../dist/strategies/par/search-for.js';
import { cells, classes, genotype, learningRate, rule } from './expert.mjs';

const seed = 0;
/** As published; of these, a turn trains one. */
const samples = 100;

/** A task of noise that fills `batches` batches with each half. */
function noise({ batch, batches, size }) {
  const shape = [size, size, 3];
  const count = 2 * batch * batches;
  const source = random(seed, 'bench', 'search');
  const inputs = Float32Array.from({ length: count * size * size * 3 }, () => source.normal());
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  const split = arraySplit(shape, inputs, labels);
  const names = Array.from({ length: classes }, (_, c) => String(c));
  const input = { domain: 'image', shape, dtype: 'float32' };
  return {
    id: 'noise',
    index: 0,
    name: 'noise',
    classes: names,
    input,
    normalization: null,
    augment: [],
    train: split,
    validation: split,
    test: split,
  };
}

const cache = () =>
  createStepCache('auto', (reason) => {
    throw new Error(reason);
  });

export function sampled({ channels, batch, batches, size }) {
  const options = parOptionsSchema.parse({ channels, cells, samples, batchSize: batch });
  const search = searchFor(noise({ batch, batches, size }), options, cache(), { seed });
  return async () => (await search.next()).accuracy;
}

export function expert({ channels, batch, batches, size }) {
  const task = noise({ batch, batches, size });
  const half = (from) => Int32Array.from({ length: batch * batches }, (_, i) => from + i);
  const [training, judging] = [half(0), half(batch * batches)];
  const network = expertNetwork({ genotype, channels, cells, inputShape: task.input.shape });
  const { parameters, statistics } = network.declaration;
  const source = random(seed, 'bench', 'expert');
  const steps = cache();
  const fit = createFit({
    epochs: samples,
    patience: Infinity,
    schedule: { kind: 'constant', base: learningRate, epochs: samples, min: 0, factor: 1, patience: 0 },
    initial: {
      weights: Float32Array.from([
        ...initialValues(parameters, source),
        ...initialValues(headLayout(network.featureSize, classes), source),
      ]),
      statistics: initialValues(statistics, source),
    },
    constants: {},
    step: () => steps.get(trainingDefinition(network, [classes], rule), samples * batches),
    async *batches(epoch) {
      for await (const { indices, examples } of epochBatches(task, task.train, training, batch, seed, ['bench', epoch])) {
        yield { size: indices.length, x: { shape: [indices.length, ...task.input.shape], data: examples.inputs }, y: examples.labels };
      }
    },
    validate: (weights, running) => accuracyOn(task.train, judging, task, network, steps, weights, running, samples * batches),
    owner: 'bench',
  });
  return async () => (await fit.next()).validationAccuracy;
}
