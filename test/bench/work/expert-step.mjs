// One training step of an expert: forward, backward, clip, weight decay, momentum, running statistics. Answers with the loss.
import { tf } from '../../../dist/nn/backend.js';
import { compile } from '../../../dist/nn/compile/compile.js';
import { splitWeights } from '../../../dist/nn/layout.js';
import { trainingStep } from '../../../dist/nn/steps.js';
import { cells, classes, expert, genotype, learningRate, rule } from './expert.mjs';
import { plainFeatures } from './plain-expert.mjs';

export function compiled(options) {
  const { network, weights, headWeights, statistics, x, labels } = expert(options);
  const step = compile(trainingStep(network, classes, rule), {
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
  const { parameters, statistics: running } = network.declaration;
  const variables = (layout, values, trainable) =>
    tf.tidy(
      () => new Map([...splitWeights(layout, tf.tensor1d(values))].map(([name, start]) => [name, tf.variable(start, trainable, name)])),
    );
  const trained = new Map([...variables(parameters, weights, true), ...variables(head, headWeights, true)]);
  const kept = variables(running, statistics, false);
  const weight = (name) => trained.get(name);
  const oneHot = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32'));
  const optimizer = tf.train.momentum(learningRate, rule.momentum);

  const track = (name, batch) => {
    const variable = kept.get(name);
    variable.assign(tf.add(tf.mul(variable, 0.9), tf.mul(batch, 0.1)));
  };
  const norm = (name, input) => {
    const { mean, variance } = tf.moments(input, [0, 1, 2]);
    const count = input.size / input.shape[3];
    track(`${name}.running_mean`, mean);
    track(`${name}.running_var`, tf.mul(variance, count / (count - 1)));
    return tf.batchNorm(input, mean, variance, weight(`${name}.bias`), weight(`${name}.weight`), 1e-5);
  };
  const lossOf = () => {
    const features = plainFeatures(genotype, cells, weight, norm, x);
    const logits = tf.add(tf.matMul(features, weight('head.weight')), weight('head.bias'));
    return tf.losses.softmaxCrossEntropy(oneHot, logits);
  };
  return () => {
    const loss = tf.tidy(() => {
      const { value, grads } = optimizer.computeGradients(lossOf, [...trained.values()]);
      const total = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
      const scale = tf.minimum(1, tf.div(rule.clip, tf.add(total, 1e-6)));
      const updates = Object.entries(grads).map(([name, gradient]) => [
        name,
        tf.add(tf.mul(gradient, scale), tf.mul(weight(name), rule.weightDecay)),
      ]);
      optimizer.applyGradients(Object.fromEntries(updates));
      return value;
    });
    const [value] = loss.dataSync();
    loss.dispose();
    return value;
  };
}
