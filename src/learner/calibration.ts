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
 * Calibration of class scores.
 *
 * ECE = Σ_m (n_m/n) |accuracy_m − confidence_m| over 15 bins ((m-1)/15, m/15]; NLL = −(1/n) Σ ln p_y; Brier = (1/n) Σ_i Σ_c (p_ic − [y_i = c])².
 *
 * @param logits `[n, classes]`, row-major
 * @param labels `[n]`, class indices
 * @returns null when there are no examples or a score is not finite
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

/**
 * Recall of every class: the share of its examples that got their own label; null for a class without examples.
 *
 * @param logits `[n, classes]`, row-major
 * @param labels `[n]`, class indices
 */
export function classRecall(logits: Float32Array, labels: Int32Array, classes: number): (number | null)[] {
  const counts = new Int32Array(classes);
  const right = new Int32Array(classes);
  labels.forEach((label, i) => {
    counts[label] = (counts[label] ?? 0) + 1;
    if (argMax(logits.subarray(i * classes, (i + 1) * classes)) === label) right[label] = (right[label] ?? 0) + 1;
  });
  return Array.from(counts, (count, c) => (count === 0 ? null : (right[c] ?? 0) / count));
}

function argMax(row: Float32Array): number {
  let best = 0;
  row.forEach((score, c) => {
    if (score > (row[best] ?? -Infinity)) best = c;
  });
  return best;
}

function logSumExp(row: Float32Array): number {
  const max = row[argMax(row)] ?? 0;
  return max + Math.log(row.reduce((total, score) => total + Math.exp(score - max), 0));
}

function softmax(row: Float32Array): Float64Array {
  const shift = logSumExp(row);
  return Float64Array.from(row, (score) => Math.exp(score - shift));
}
