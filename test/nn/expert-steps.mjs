/**
 * Ten training steps of a small expert that has every image operation at both strides, eagerly and compiled. Prints, as JSON, the losses and the form
 * that each kernel was used in.
 */
import { random } from '../../dist/core/random.js';
import { tf } from '../../dist/nn/backend.js';
import { currentBuild } from '../../dist/nn/build.js';
import { compile } from '../../dist/nn/compile/compile.js';
import { headLayout } from '../../dist/nn/head.js';
import { initialValues } from '../../dist/nn/layout.js';
import { expertNetwork } from '../../dist/nn/network.js';
import { trainingStep } from '../../dist/nn/training-step.js';

const cell = [
  ['dil_conv_3x3', 0],
  ['sep_conv_3x3', 1],
  ['max_pool_3x3', 0],
  ['avg_pool_3x3', 1],
  ['dil_conv_3x3', 2],
  ['skip_connect', 0],
  ['skip_connect', 3],
  ['dil_conv_3x3', 1],
];
const genotype = { normal: cell, reduce: cell, normalConcat: [2, 3, 4, 5], reduceConcat: [2, 3, 4, 5] };
const network = expertNetwork({ genotype, channels: 4, cells: 3, inputShape: [7, 8, 3] });
const { parameters, statistics } = network.declaration;
const numbers = random(0, 'batch');
const x = tf.tensor4d(
  Float32Array.from({ length: 16 * 7 * 8 * 3 }, () => numbers.normal()),
  [16, 7, 8, 3],
);
const y = tf.tensor1d(
  Int32Array.from({ length: 16 }, () => numbers.integer(3)),
  'int32',
);

function losses(engine) {
  const step = compile(trainingStep(network, [3], { momentum: 0.9, weightDecay: 0.003, clip: 10 }), {
    engine,
    onFallback(reason) {
      throw new Error(reason);
    },
  });
  const flat = [...initialValues(parameters, random(0, 'body')), ...initialValues(headLayout(network.featureSize, 3), random(0, 'head'))];
  let state = {
    weights: tf.tensor1d(flat),
    velocity: tf.zeros([flat.length]),
    statistics: tf.tensor1d(initialValues(statistics, random(0, 'statistics'))),
  };
  const found = [];
  for (let i = 0; i < 10; i++) {
    const { loss, weights, velocity, statistics: after } = step.run({ ...state, x, y, learningRate: tf.scalar(0.01) });
    tf.dispose(state);
    state = { weights, velocity, statistics: after };
    found.push(loss.dataSync()[0]);
  }
  step.dispose();
  return found;
}

const [eager, compiled] = [losses('eager'), losses('compiled')];
console.log(JSON.stringify({ eager, compiled, forms: currentBuild().kernels }));
