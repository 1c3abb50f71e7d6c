import { dtypeOf, zerosOf, type InputValues } from '../core/input.js';
import { tf, type Tensor } from './backend.js';
import { featureDefinition } from './steps.js';
import { applyHeadToMembers, headLayout } from './head.js';
import type { Network } from './network.js';
import type { StepCache } from './step-cache.js';

/** Examples in one inference batch; the last batch is filled up with zeros, which running statistics make harmless. */
export const inferenceBatch = 128;

/** Numbers of an example's features: those of all members, where the network is an ensemble. */
const widthOf = ({ featureSize, members = 1 }: Pick<Network, 'featureSize' | 'members'>) => members * featureSize;

/**
 * Features `[n, featureSize]` (of an ensemble `[n, members * featureSize]`) of normalized inputs `[n, ...shape]` through a frozen network. The answer for one example does not depend on
 * the others, their number or their order.
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
  for (let start = 0; start < count; start += inferenceBatch) {
    const block = zerosOf(dtypeOf(inputs), inferenceBatch * length);
    block.set(inputs.subarray(start * length, (start + inferenceBatch) * length));
    const x = tf.tensor(block, [inferenceBatch, ...shape]);
    const output = step.run({ weights, statistics, x })['features'] as Tensor;
    const end = Math.min(count, start + inferenceBatch);
    features.set(output.dataSync<'float32'>().subarray(0, (end - start) * width), start * width);
    tf.dispose([x, output]);
  }
  return features;
}

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
