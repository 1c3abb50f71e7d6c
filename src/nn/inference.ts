import { dtypeOf, zerosOf, type InputValues } from '../core/input.js';
import { cutLength, cutRows, usedPositions } from '../core/padding.js';
import { tf, type Tensor } from './backend.js';
import { featureDefinition } from './steps.js';
import { applyHeadToMembers, headLayout } from './head.js';
import type { Network } from './network.js';
import type { StepCache } from './step-cache.js';

/** Examples in one inference batch; the last batch is filled up with zeros, which running statistics make harmless. */
export const inferenceBatch = 128;

/** The same of inputs with padding, which go in batches of one length each. */
const paddedBatch = 32;

/** Numbers of an example's features: those of all members, where the network is an ensemble. */
const widthOf = ({ featureSize, members = 1 }: Pick<Network, 'featureSize' | 'members'>) => members * featureSize;

/**
 * Features `[n, featureSize]` (of an ensemble `[n, members * featureSize]`) of normalized inputs `[n, ...shape]` through a frozen network. The answer for one example does not depend on
 * the others, their number or their order; nor does how much of its padding is cut off.
 *
 * @param uses how often one batch is planned to run: see {@link StepCache}
 */
export function inferFeatures(
  network: Network,
  steps: StepCache,
  weights: Tensor,
  statistics: Tensor,
  inputs: InputValues,
  shape: readonly number[],
  uses: number,
): Float32Array {
  const length = shape.reduce((product, side) => product * side, 1);
  const count = inputs.length / length;
  const step = steps.get(featureDefinition(network), uses);
  const width = widthOf(network);
  const features = new Float32Array(count * width);
  for (const { size, rows, values, shape: of } of network.padded ? cutBlocks(inputs, shape, count) : wholeBlocks(inputs, shape, count)) {
    const x = tf.tensor(values, [size, ...of]);
    const output = step.run({ weights, statistics, x })['features'] as Tensor;
    const found = output.dataSync<'float32'>();
    const each = found.length / size; // of hidden values less than the width, where positions are cut off: those are 0
    rows.forEach((row, i) => {
      features.set(found.subarray(i * each, (i + 1) * each), row * width);
    });
    tf.dispose([x, output]);
  }
  return features;
}

/** Inputs of one pass, `[size, ...shape]`: these rows of what is asked for, and zeros behind them. */
interface Block {
  readonly size: number;
  readonly rows: Int32Array;
  readonly values: InputValues;
  readonly shape: readonly number[];
}

function* wholeBlocks(inputs: InputValues, shape: readonly number[], count: number): Generator<Block> {
  const size = inferenceBatch;
  const length = inputs.length / Math.max(1, count);
  for (let start = 0; start < count; start += size) {
    const values = zerosOf(dtypeOf(inputs), size * length);
    values.set(inputs.subarray(start * length, (start + size) * length));
    yield { size, rows: allRows(Math.min(size, count - start)).map((i) => start + i), values, shape };
  }
}

/** By length: that of an example's own block follows from the example alone. */
function* cutBlocks(inputs: InputValues, shape: readonly number[], count: number): Generator<Block> {
  const size = paddedBatch;
  const [whole = 0, ...rest] = shape;
  const lengths = usedPositions(inputs, shape).map((used) => cutLength(used, whole));
  for (const length of [...new Set(lengths)].sort((a, b) => a - b)) {
    const those = allRows(count).filter((row) => lengths[row] === length);
    for (let start = 0; start < those.length; start += size) {
      const rows = those.subarray(start, start + size);
      const values = zerosOf(dtypeOf(inputs), (size * length * inputs.length) / (count * whole));
      values.set(cutRows(inputs, shape, rows, length));
      yield { size, rows, values, shape: [length, ...rest] };
    }
  }
}

const allRows = (count: number) => Int32Array.from({ length: count }, (_, row) => row);

/** Logits `[n, classes]` of a network's features by one head's flat vector; of an ensemble those of its mean probability. */
export function inferLogits(
  network: Pick<Network, 'featureSize' | 'members'>,
  features: Float32Array,
  head: Float32Array,
  classes: number,
): Float32Array {
  const layout = headLayout(network.featureSize, classes);
  const width = widthOf(network);
  // tidy would walk a typed array number by number, so it is read outside.
  const logits = tf.tidy(() => {
    const rows = tf.tensor2d(features, [features.length / width, width]);
    return applyHeadToMembers(layout, tf.tensor1d(head), rows, network.members ?? 1);
  });
  const values = logits.dataSync<'float32'>().slice();
  logits.dispose();
  return values;
}

/** Share of rows whose largest logit is the label's. */
export function accuracyOf(logits: Float32Array, classes: number, labels: Int32Array): number {
  let right = 0;
  labels.forEach((label, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if ((logits[row * classes + c] ?? -Infinity) > (logits[row * classes + best] ?? -Infinity)) best = c;
    if (best === label) right += 1;
  });
  return right / labels.length;
}
