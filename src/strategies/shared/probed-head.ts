import { frozenExpert } from '../../experts/frozen-expert.js';
import type { Training } from '../../experts/training/expert-training.js';
import type { ExpertVectors } from '../../experts/vectors.js';
import { logisticRegression, noWeights, usualDecay, type LogisticWeights } from '../on-features/logistic-regression.js';
import { measureStandardization, standardize, type Standardization } from '../on-features/standardization.js';

/**
 * A new head's starting vector on a network that stands on frozen weights: logistic regression on its features as they are, as `probe` fits it. Training then begins where the features
 * already serve, instead of moving them to suit a random head first (Kumar et al., "Fine-Tuning can Distort Pretrained Features and Underperform
 * Out-of-Distribution", ICLR 2022).
 *
 * @param vectors of the network as training starts
 */
export async function probedHead(
  { task, network, steps }: Pick<Training, 'task' | 'network' | 'steps'>,
  vectors: ExpertVectors,
): Promise<Float32Array> {
  const rows = await frozenExpert(network, steps, vectors, task).featuresOf(task.train);
  const measured = measureStandardization(network.featureSize);
  measured.add(rows);
  const standardization = measured.result(true);
  const classes = task.classes.length;
  const labels = await task.train.labels();
  const { members = 1 } = network; // of an ensemble every member gives an example's features, and one head serves them all
  const ofRows = Int32Array.from({ length: members * labels.length }, (_, row) => labels[Math.floor(row / members)] as number);
  const examples = { rows: standardize(rows, standardization), labels: ofRows };
  return onFeatures(logisticRegression(examples, classes, usualDecay, noWeights(network.featureSize, classes)), standardization);
}

/** A head of standardized features, `[D, C]` and biases, as one of features as they are. */
function onFeatures(weights: LogisticWeights, { mean, deviation }: Standardization): Float32Array {
  const size = mean.length;
  const classes = weights.length / (size + 1);
  const head = new Float32Array(weights);
  for (let at = 0; at < size * classes; at++) {
    const feature = Math.floor(at / classes);
    const bias = size * classes + (at % classes);
    const value = (weights[at] as number) / (deviation[feature] as number);
    head[at] = value;
    head[bias] = (head[bias] as number) - value * (mean[feature] as number);
  }
  return head;
}
