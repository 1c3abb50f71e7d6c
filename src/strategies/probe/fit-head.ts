import { fitTemperature } from '../../metrics/fit-temperature.js';
import { logSumExp } from '../../metrics/logits.js';
import { classify } from '../on-features/linear-classifier.js';
import { logisticRegression, noWeights, usualDecay, type LabelledRows } from '../on-features/logistic-regression.js';
import type { ProbeOptions } from './options.js';

/** What weight decay is chosen from, the strongest first: each fit begins where the one before ended. */
const candidates = [10, 1, 0.1, 0.01, 0.001, 0.0001];

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
  const choosing = given === 'validation' && validation.labels.length > 0;
  const decays = choosing ? candidates : [given === 'validation' ? usualDecay : given];
  let weights = noWeights(size, classes);
  let best: { readonly head: Head; readonly loss: number } | undefined;
  for (const decay of decays) {
    check();
    weights = logisticRegression(train, classes, decay, weights);
    const flat = Float32Array.from(weights);
    const [w, bias] = [flat.subarray(0, size * classes), flat.subarray(size * classes)];
    const logits = classify({ weights: w, bias }, validation.rows);
    const loss = meanLoss(logits, validation.labels, classes);
    const head = { weights: w, bias, temperature: fitTemperature(logits, validation.labels, classes) };
    if (best && !(loss < best.loss)) break; // likelihood falls off on both sides of the best weight decay
    best = { head, loss };
  }
  if (!best) throw new RangeError('a weight decay expected');
  return best.head;
}

function meanLoss(logits: Float32Array, labels: Int32Array, classes: number): number {
  const losses = Array.from(labels, (label, i) => {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    return logSumExp(row) - (row[label] ?? 0);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, labels.length);
}
