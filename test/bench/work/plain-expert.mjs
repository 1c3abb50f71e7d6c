// The expert network and its training as one writes them with tfjs alone: tf.* operation by operation, one variable for each weight, tf.train. It
// knows the operations of the measured genotypes only.
import { tf } from '../../../dist/nn/backend.js';
import { splitWeights } from '../../../dist/nn/layout.js';

const epsilon = 1e-5;

/**
 * An expert that starts from these weights and running statistics.
 *
 * @param genotype what the network is made of
 */
export function plainExpert({ network, genotype, cells, weights, statistics }) {
  const { parameters, statistics: layout } = network.declaration;
  const trained = variables(parameters, weights, true);
  const running = variables(layout, statistics, false);
  const weight = (name) => trained.get(name);

  const track = (name, batch) => {
    const variable = running.get(name);
    variable.assign(tf.add(tf.mul(variable, 0.9), tf.mul(batch, 0.1)));
  };
  const normOfBatch = (name, x) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    const count = x.size / x.shape[3];
    track(`${name}.running_mean`, mean);
    track(`${name}.running_var`, tf.mul(variance, count / (count - 1)));
    return tf.batchNorm(x, mean, variance, weight(`${name}.bias`), weight(`${name}.weight`), epsilon);
  };
  const normAsSeen = (name, x) => {
    const [mean, variance] = [running.get(`${name}.running_mean`), running.get(`${name}.running_var`)];
    return tf.batchNorm(x, mean, variance, weight(`${name}.bias`), weight(`${name}.weight`), epsilon);
  };
  const logits = (features, head) => tf.add(tf.matMul(features, head.get('head.weight')), head.get('head.bias'));

  return {
    /** The expert's variables, to be kept and put back. */
    variables: [...trained.values(), ...running.values()],
    features: (x) => tf.tidy(() => plainFeatures(genotype, cells, weight, normAsSeen, x)),
    logits: (x, head) => tf.tidy(() => logits(plainFeatures(genotype, cells, weight, normAsSeen, x), head)),
    /** Trains the expert and a head, by momentum SGD with clipped gradients and decay: one step for each call, which returns the loss. */
    trainer(head, { momentum, clip, weightDecay }) {
      const learned = [...trained.values(), ...head.values()];
      const named = new Map(learned.map((variable) => [variable.name, variable]));
      const optimizer = tf.train.momentum(0, momentum);
      const step = (x, oneHot, learningRate) => {
        optimizer.setLearningRate(learningRate);
        const lossOf = () => tf.losses.softmaxCrossEntropy(oneHot, logits(plainFeatures(genotype, cells, weight, normOfBatch, x), head));
        const loss = tf.tidy(() => {
          const { value, grads } = optimizer.computeGradients(lossOf, learned);
          const total = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
          const scale = tf.minimum(1, tf.div(clip, tf.add(total, 1e-6)));
          const updates = Object.entries(grads).map(([name, gradient]) => [
            name,
            tf.add(tf.mul(gradient, scale), tf.mul(named.get(name), weightDecay)),
          ]);
          optimizer.applyGradients(Object.fromEntries(updates));
          return value;
        });
        const [value] = loss.dataSync();
        loss.dispose();
        return value;
      };
      return { step, dispose: () => optimizer.dispose() };
    },
  };
}

/** A variable for each member of a layout, by name. */
export function variables(layout, values, trainable) {
  return tf.tidy(
    () => new Map([...splitWeights(layout, tf.tensor1d(values))].map(([name, start]) => [name, tf.variable(start, trainable)])),
  );
}

/**
 * Features `[n, 4C]` of images.
 *
 * @param weight gives a weight by its published name
 * @param norm batch norm: (name, x) => y
 */
function plainFeatures({ normal, reduce, normalConcat, reduceConcat }, cells, weight, norm, x) {
  const reductions = [Math.floor(cells / 3), Math.floor((2 * cells) / 3)];
  const stem = norm('stem.1', tf.conv2d(x, weight('stem.0.weight'), 1, 'same'));
  let [before, last, reductionBefore] = [stem, stem, false];
  for (let index = 0; index < cells; index++) {
    const name = `cells.${index}`;
    const reduction = reductions.includes(index);
    const preprocessed = reductionBefore
      ? factorizedReduce(weight, `${name}.preprocess0`, before)
      : reluConvNorm(weight, norm, `${name}.preprocess0`, before);
    const nodes = [preprocessed, reluConvNorm(weight, norm, `${name}.preprocess1`, last)];
    const edges = (reduction ? reduce : normal).map(([operation, from], edge) => () => {
      const stride = reduction && from < 2 ? 2 : 1;
      return operations[operation](weight, norm, `${name}._ops.${edge}`, nodes[from], stride);
    });
    for (let edge = 0; edge < edges.length; edge += 2) nodes.push(tf.add(edges[edge](), edges[edge + 1]()));
    const concat = reduction ? reduceConcat : normalConcat;
    [before, last] = [
      last,
      tf.concat(
        concat.map((node) => nodes[node]),
        3,
      ),
    ];
    reductionBefore = reduction;
  }
  return tf.mean(last, [1, 2]);
}

const operations = {
  sep_conv_3x3: (weight, norm, name, x, stride) =>
    separable(weight, norm, name, 5, depthwise, separable(weight, norm, name, 1, depthwise, x, stride), 1),
  dil_conv_3x3: (weight, norm, name, x, stride) => separable(weight, norm, name, 1, dilatedDepthwise, x, stride),
  max_pool_3x3: (weight, norm, name, x, stride) =>
    stride === 1 ? tf.maxPool(x, 3, 1, 'same') : tf.maxPool(pad(x, 1, -3.4e38), 3, 2, 'valid'),
  avg_pool_3x3: (weight, norm, name, x, stride) => (stride === 1 ? tf.avgPool(x, 3, 1, 'same') : avgPoolHalving(x)),
  skip_connect: (weight, norm, name, x, stride) => (stride === 1 ? x : factorizedReduce(weight, name, x)),
};

function separable(weight, norm, name, first, depthwiseOperation, x, stride) {
  const spread = depthwiseOperation(tf.relu(x), weight(`${name}.op.${first}.weight`), stride);
  return norm(`${name}.op.${first + 2}`, tf.conv2d(spread, weight(`${name}.op.${first + 1}.weight`), 1, 'same'));
}

const depthwise = (x, kernel, stride) => tf.depthwiseConv2d(pad(x, 1, 0), kernel, stride, 'valid');

/**
 * tfjs has no gradient of a dilated depthwise convolution, so this is the shortest way round: pixels two apart brought together by
 * spaceToBatchND, a plain convolution, and back.
 */
function dilatedDepthwise(x, kernel, stride) {
  if (stride !== 1) throw new RangeError('a dilated convolution of stride 1 expected');
  const odd = [x.shape[1] % 2, x.shape[2] % 2];
  const around = odd.map((more) => [2, 2 + more]);
  const crops = odd.map((more) => [0, more]);
  return tf.batchToSpaceND(tf.depthwiseConv2d(tf.spaceToBatchND(x, [2, 2], around), kernel, 1, 'valid'), [2, 2], crops);
}

/** Padding does not count: sums over padded windows, divided by the pixels that are in them. */
function avgPoolHalving(x) {
  const inside = tf.avgPool(pad(tf.ones([1, x.shape[1], x.shape[2], 1]), 1, 0), 3, 2, 'valid');
  return tf.div(tf.avgPool(pad(x, 1, 0), 3, 2, 'valid'), inside);
}

function reluConvNorm(weight, norm, name, x) {
  return norm(`${name}.op.2`, tf.conv2d(tf.relu(x), weight(`${name}.op.1.weight`), 1, 'same'));
}

function factorizedReduce(weight, name, x) {
  const [n, height, width, channels] = x.shape;
  const active = tf.relu(x);
  const shifted = tf.slice(active, [0, 1, 1, 0], [n, height - 1, width - 1, channels]);
  return tf.concat(
    [tf.conv2d(active, weight(`${name}.conv_1.weight`), 2, 'valid'), tf.conv2d(shifted, weight(`${name}.conv_2.weight`), 2, 'valid')],
    3,
  );
}

function pad(x, margin, value) {
  const sides = [margin, margin];
  return tf.pad(x, [[0, 0], sides, sides, [0, 0]], value);
}
