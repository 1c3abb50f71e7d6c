// One training step of an expert: forward, backward, clip, weight decay, momentum, running statistics. Answers with the loss.
import { tf } from '../../../dist/nn/backend.js';
import { compile } from '../../../dist/nn/compile/compile.js';
import { trainingStep } from '../../../dist/nn/training-step.js';
import { cells, classes, expert, genotype, learningRate, rule } from './expert.mjs';
import { plainExpert, variables } from './plain-expert.mjs';

export function compiled(options) {
  const { network, weights, headWeights, statistics, x, labels } = expert(options);
  const step = compile(trainingStep(network, [classes], rule), {
    onFallback(reason) {
      throw new Error(reason);
    },
  });
  const y = tf.tensor1d(labels, 'int32');
  const rate = tf.scalar(learningRate);
  let state = { weights: tf.tensor1d([...weights, ...headWeights]), statistics: tf.tensor1d(statistics) };
  state.velocity = tf.zerosLike(state.weights);
  return () => {
    const { loss, gradientNorm, ...next } = step.run({ ...state, x, y, learningRate: rate });
    const [value] = loss.dataSync();
    tf.dispose([state, loss, gradientNorm]);
    state = next;
    return value;
  };
}

export function plain(options) {
  const { network, head, weights, headWeights, statistics, x, labels } = expert(options);
  const { step } = plainExpert({ network, genotype, cells, weights, statistics }).trainer(variables(head, headWeights, true), rule);
  const oneHot = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32'));
  return () => step(x, oneHot, learningRate);
}
