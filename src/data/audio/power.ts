/** Mean of the squares of samples. */
export function powerOf(samples: Float32Array | Float64Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample ** 2;
  return sum / samples.length;
}
