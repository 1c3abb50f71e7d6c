// How far a new task is from all known ones, features given: 10 classes of 500 samples of 512 features, against known tasks of 10 classes each.
// Answers with the first tasks' sums s.
import { random } from '../../../dist/core/random.js';
import { divergences } from '../../../dist/difficulty/divergence.js';
import { prototypes } from '../../../dist/difficulty/prototypes.js';
import { tf } from '../../../dist/nn/backend.js';

const size = 512;
const samples = 5000;
const classes = 10;
const shown = 5;

/** Every class lies about a centre of its own; the numbers cost more than the measurement when they are drawn one by one, so noise is reused. */
function samplesOf() {
  const source = random(0, 'bench', 'features');
  const noise = Float32Array.from({ length: 1 << 16 }, () => source.normal());
  const labels = Int32Array.from({ length: samples }, (_, i) => i % classes);
  const features = new Float32Array(samples * size);
  const centre = (c, i) => noise[(c * 7919 + i) & 0xffff];
  for (let s = 0; s < samples; s++) {
    const from = source.integer(noise.length);
    for (let i = 0; i < size; i++) features[s * size + i] = centre(labels[s], i) + 0.5 * noise[(from + i) & 0xffff];
  }
  const knownMeans = (task) =>
    Float32Array.from({ length: classes * size }, (_, at) => centre(100 + task * classes + Math.floor(at / size), at % size));
  return { features, labels, knownMeans };
}

export function ours({ known }) {
  const { features, labels, knownMeans } = samplesOf();
  const own = prototypes(features, labels, classes);
  const others = Array.from({ length: known / classes }, (_, task) => ({ ...own, means: knownMeans(task) }));
  return () =>
    divergences(features, labels, own, others, { zeroDivergence: 'repaired' })
      .slice(0, shown)
      .map(({ sum }) => sum);
}

/** The formula written down with broadcasting. */
export function plain({ known }) {
  const { features, labels, knownMeans } = samplesOf();
  const own = prototypes(features, labels, classes);
  const x = tf.tensor2d(features, [samples, size]);
  const labelled = tf.tensor1d(labels, 'int32');
  const ownMeans = tf.tensor2d(own.means, [classes, size]);
  const means = tf.concat(Array.from({ length: known / classes }, (_, task) => tf.tensor2d(knownMeans(task), [classes, size])));
  return () => {
    // [tasks, samples]: ln of the distance to the nearest prototype of each task over that to the own one.
    const logarithms = tf.tidy(() => {
      const squares = tf.sum(tf.square(tf.sub(tf.expandDims(x, 1), tf.expandDims(means, 0))), 2);
      const nearest = tf.min(tf.reshape(tf.sqrt(squares), [samples, known / classes, classes]), 2);
      const within = tf.sqrt(tf.sum(tf.square(tf.sub(x, tf.gather(ownMeans, labelled))), 1));
      const ratios = tf.log(tf.div(nearest, tf.expandDims(within, 1)));
      return tf.div(tf.matMul(ratios, tf.oneHot(labelled, classes).toFloat(), true), samples / classes);
    });
    const perClass = logarithms.dataSync();
    logarithms.dispose();
    const sums = Array.from({ length: known / classes }, (_, task) =>
      perClass.subarray(task * classes, (task + 1) * classes).reduce((sum, d) => sum + Math.max(0, d), 0),
    );
    return sums.slice(0, shown);
  };
}
