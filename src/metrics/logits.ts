/** The class with the largest logit; the first of them where several are. */
export function argMax(row: Float32Array): number {
  let best = 0;
  row.forEach((logit, c) => {
    if (logit > (row[best] ?? -Infinity)) best = c;
  });
  return best;
}

/** ln Σ_c exp(logit_c), without overflow. */
export function logSumExp(row: Float32Array): number {
  const max = row[argMax(row)] ?? 0;
  return max + Math.log(row.reduce((total, logit) => total + Math.exp(logit - max), 0));
}

/** Probabilities of one row of logits. */
export function softmax(row: Float32Array): Float64Array {
  const shift = logSumExp(row);
  return Float64Array.from(row, (logit) => Math.exp(logit - shift));
}
