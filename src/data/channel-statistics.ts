import type { Normalization, Split } from '../core/task.js';

const block = 1024;
/** A deviation up to so much of the mean comes of rounding; of small numbers a small one is real. */
const noise = 1e-6;

/**
 * Mean and standard deviation of each channel (the last axis), in one streamed pass with double sums.
 *
 * A channel that does not vary gets deviation 1, so that it can be divided by.
 *
 * @param positions which examples to look at; all of them by default
 */
export async function channelStatistics(
  split: Split,
  positions: Int32Array = Int32Array.from({ length: split.size }, (_, i) => i),
): Promise<Normalization> {
  let sums = new Float64Array(0);
  let squares = new Float64Array(0);
  let values = 0;
  for (let start = 0; start < positions.length; start += block) {
    const { shape, inputs } = await split.read(positions.subarray(start, start + block));
    const channels = shape.at(-1) ?? 1;
    if (sums.length === 0) [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
    for (let c = 0; c < channels; c++) {
      let [sum, square] = [0, 0];
      for (let i = c; i < inputs.length; i += channels) {
        const value = inputs[i] as number;
        sum += value;
        square += value * value;
      }
      sums[c] = (sums[c] as number) + sum;
      squares[c] = (squares[c] as number) + square;
    }
    values += inputs.length / channels;
  }
  const mean = Array.from(sums, (sum) => sum / values);
  const std = Array.from(squares, (square, c) => Math.sqrt(Math.max(0, square / values - (mean[c] as number) ** 2)));
  const varies = (deviation: number, c: number) => deviation > noise * Math.min(1, Math.abs(mean[c] as number));
  return { mean, std: std.map((deviation, c) => (varies(deviation, c) ? deviation : 1)) };
}
