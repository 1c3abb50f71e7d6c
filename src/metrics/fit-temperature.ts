import { logSumExp } from './logits.js';

/** Search range of ln T. */
const [least, most] = [Math.log(1e-4), Math.log(1e4)];

/**
 * T > 0 that makes softmax(logits / T) likeliest for these labels (Guo et al. 2017); 1 where there is nothing to fit on. By golden section on ln T: the loss
 * is convex in 1 / T, so it has one minimum.
 *
 * @param logits `[n, classes]`
 * @param labels `[n]`
 */
export function fitTemperature(logits: Float32Array, labels: Int32Array, classes: number): number {
  if (labels.length === 0 || classes < 2) return 1;
  const loss = (logT: number) => {
    const scale = Math.exp(-logT);
    const scaled = new Float32Array(classes);
    let sum = 0;
    labels.forEach((label, i) => {
      for (let c = 0; c < classes; c++) scaled[c] = (logits[i * classes + c] ?? 0) * scale;
      sum += logSumExp(scaled) - (scaled[label] ?? 0);
    });
    return sum;
  };
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [least, most];
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [lossA, lossB] = [loss(a), loss(b)];
  while (high - low > 1e-3) {
    if (lossA <= lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - ratio * (high - low);
      lossA = loss(a);
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + ratio * (high - low);
      lossB = loss(b);
    }
  }
  return Math.exp((low + high) / 2);
}
