import { argMax, logSumExp, softmax } from './logits.js';

/** How far predicted probabilities can be believed. */
export interface Calibration {
  /** Expected calibration error: mean gap between confidence and accuracy, 0 = perfect (Guo et al. 2017). */
  readonly ece: number;
  /** Negative log-likelihood of the right class, in nats. */
  readonly nll: number;
  /** Brier score: squared distance between probabilities and the one-hot label, 0 to 2. */
  readonly brier: number;
}

/** Equal-width confidence bins of the calibration error. */
const bins = 15;

/**
 * Calibration of the probabilities that logits stand for.
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
  const counts = new Float64Array(bins);
  const confidence = new Float64Array(bins);
  const correct = new Float64Array(bins);
  let nll = 0;
  let brier = 0;
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const label = labels[i] ?? -1;
    const probabilities = softmax(row);
    const predicted = argMax(row);
    const top = probabilities[predicted] ?? 0;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(top * bins) - 1));
    counts[bin] = (counts[bin] ?? 0) + 1;
    confidence[bin] = (confidence[bin] ?? 0) + top;
    correct[bin] = (correct[bin] ?? 0) + (predicted === label ? 1 : 0);
    nll += logSumExp(row) - (row[label] ?? 0);
    probabilities.forEach((p, c) => (brier += (p - (c === label ? 1 : 0)) ** 2));
  }
  let ece = 0;
  for (let m = 0; m < bins; m++) ece += Math.abs((correct[m] ?? 0) - (confidence[m] ?? 0)) / n;
  return { ece, nll: nll / n, brier: brier / n };
}
