// The expert network as one writes it with tfjs alone: tf.* operation by operation, one variable for each weight. It knows the operations of the
// measured genotype only.
import { tf } from '../../../dist/nn/backend.js';

/**
 * Features `[n, 4C]` of images.
 *
 * @param weight gives a weight by its published name
 * @param norm batch norm: (name, x) => y
 */
export function plainFeatures({ normal, reduce, normalConcat, reduceConcat }, cells, weight, norm, x) {
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
  if (stride !== 1 || x.shape[1] % 2 === 1) throw new RangeError('a dilated convolution of stride 1 on an even size expected');
  const around = [
    [2, 2],
    [2, 2],
  ];
  const none = [
    [0, 0],
    [0, 0],
  ];
  return tf.batchToSpaceND(tf.depthwiseConv2d(tf.spaceToBatchND(x, [2, 2], around), kernel, 1, 'valid'), [2, 2], none);
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
