import { random } from '../core/random.js';
import { argMax, logSumExp, softmax } from './logits.js';

/** How far predicted probabilities can be believed. */
export interface Calibration {
  /** Expected calibration error: mean gap between confidence and accuracy, 0 = perfect (Guo et al. 2017). */
  readonly ece: number;
  /** The calibration error that probabilities which can be believed would have on so many examples: the mean over drawn labels. */
  readonly eceNoiseFloor: number;
  /** Negative log-likelihood of the right class, in nats. */
  readonly nll: number;
  /** Brier score: squared distance between probabilities and the one-hot label, 0 to 2. */
  readonly brier: number;
}

/** Equal-width confidence bins of the calibration error. */
const bins = 15;

/** Times that labels are drawn for its noise floor. */
const draws = 200;

/**
 * Calibration of the probabilities that logits stand for.
 *
 * With few examples accuracies differ from confidences by chance. The noise floor is the mean ECE of labels drawn from the probabilities themselves, 200 times.
 *
 * ECE = Σ_m (n_m/n) |accuracy_m − confidence_m| over 15 bins ((m-1)/15, m/15]; NLL = −(1/n) Σ ln p_y; Brier = (1/n) Σ_i Σ_c (p_ic − [y_i = c])².
 *
 * @param logits `[n, classes]`, row-major
 * @param labels `[n]`, class indices
 * @returns null when there are no examples or a logit is not finite
 */
export function measureCalibration(logits: Float32Array, labels: Int32Array, classes: number): Calibration | null {
  const n = labels.length;
  if (n === 0 || !logits.every(Number.isFinite)) return null;
  const confidence = new Float64Array(n);
  const correct = new Uint8Array(n);
  let nll = 0;
  let brier = 0;
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const label = labels[i] ?? -1;
    const probabilities = softmax(row);
    const predicted = argMax(row);
    confidence[i] = probabilities[predicted] ?? 0;
    correct[i] = predicted === label ? 1 : 0;
    nll += logSumExp(row) - (row[label] ?? 0);
    probabilities.forEach((p, c) => (brier += (p - (c === label ? 1 : 0)) ** 2));
  }
  return { ece: calibrationError(confidence, correct), eceNoiseFloor: noiseFloor(confidence), nll: nll / n, brier: brier / n };
}

function calibrationError(confidence: Float64Array, correct: Uint8Array): number {
  const [confident, right] = [new Float64Array(bins), new Float64Array(bins)];
  confidence.forEach((top, i) => {
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(top * bins) - 1));
    confident[bin] = (confident[bin] ?? 0) + top;
    right[bin] = (right[bin] ?? 0) + (correct[i] ?? 0);
  });
  return right.reduce((sum, count, bin) => sum + Math.abs(count - (confident[bin] ?? 0)) / confidence.length, 0);
}

/** Of a label drawn from its probabilities it only matters whether it is the likeliest class, which it is with the confidence's probability. */
function noiseFloor(confidence: Float64Array): number {
  const source = random(0, 'calibration', 'noise floor');
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    sum += calibrationError(
      confidence,
      Uint8Array.from(confidence, (top) => (source.uniform() < top ? 1 : 0)),
    );
  }
  return sum / draws;
}
