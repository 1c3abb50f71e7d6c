import { fitTemperature } from '../../metrics/fit-temperature.js';
import { logSumExp } from '../../metrics/logits.js';
import { classify } from '../on-features/linear-classifier.js';
import { logisticRegression, noWeights, usualDecay, type LabelledRows, type LogisticWeights } from '../on-features/logistic-regression.js';
import type { ProbeOptions } from './options.js';

/** What weight decay is chosen from, the strongest first: each fit begins where the one before ended. */
const candidates = [10, 1, 0.1, 0.01, 0.001, 0.0001];

/** Largest component of the gradient that a fit ends with which a weight decay is judged by; the chosen one is fitted to convergence. */
const roughly = 1e-3;

/** A task's linear classifier of standardized features. */
export interface Head {
  /** `[D, C]` */
  readonly weights: Float32Array;
  /** `[C]` */
  readonly bias: Float32Array;
  /** What logits are divided by for probabilities. */
  readonly temperature: number;
}

/** The head of a task; of several weight decays that under which validation examples are likeliest. @param check is called between fits */
export function fitHead(
  train: LabelledRows,
  validation: LabelledRows,
  classes: number,
  given: ProbeOptions['weightDecay'],
  check: () => void,
): Head {
  const size = train.rows.length / train.labels.length;
  const headOf = (weights: LogisticWeights) => {
    const flat = Float32Array.from(weights);
    return { weights: flat.subarray(0, size * classes), bias: flat.subarray(size * classes) };
  };
  const lossOf = (weights: LogisticWeights) => meanLoss(classify(headOf(weights), validation.rows), validation.labels, classes);
  const choosing = given === 'validation' && validation.labels.length > 0;
  let best = { decay: given === 'validation' ? usualDecay : given, weights: noWeights(size, classes), loss: Infinity };
  for (const decay of choosing ? candidates : []) {
    check();
    const weights = logisticRegression(train, classes, decay, best.weights, roughly);
    const loss = lossOf(weights);
    if (!(loss < best.loss)) break; // likelihood falls off on both sides of the best weight decay
    best = { decay, weights, loss };
  }
  check();
  const head = headOf(logisticRegression(train, classes, best.decay, best.weights));
  return { ...head, temperature: fitTemperature(classify(head, validation.rows), validation.labels, classes) };
}

function meanLoss(logits: Float32Array, labels: Int32Array, classes: number): number {
  const losses = Array.from(labels, (label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    return logSumExp(row) - (row[label] ?? 0);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, labels.length);
}
